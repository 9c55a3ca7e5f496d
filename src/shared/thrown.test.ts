import Anthropic from "@anthropic-ai/sdk";
import { ConvexError, getConvexSize, type Value } from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  DAY,
  ERROR_CODE_BYTES_MAX,
  ERROR_DATA_BYTES_MAX,
  ERROR_DATA_PREVIEW_BYTES,
  ERROR_MESSAGE_BYTES_MAX,
  ERROR_NAME_BYTES_MAX,
  ERROR_STACK_BYTES_MAX,
  RETRY_AFTER_MS_MAX,
} from "./constants.js";
import { checkDocumentValue } from "./sizes.js";
import { deserializeError, isStepError, serializeError, StepError } from "./thrown.js";

const NOW_MS = Date.UTC(2026, 0, 1);
const ERROR_BYTES_MAX =
  ERROR_NAME_BYTES_MAX +
  ERROR_MESSAGE_BYTES_MAX +
  ERROR_CODE_BYTES_MAX +
  ERROR_DATA_BYTES_MAX +
  ERROR_STACK_BYTES_MAX +
  200;

/** Serializes, without the stack, which differs from run to run. */
function serialize(thrown: unknown) {
  const { stack: _stack, ...rest } = serializeError(thrown, NOW_MS);
  return rest;
}

function headersError(headers: unknown): Error {
  return Object.assign(new Error("429"), { headers });
}

describe("serializeError", () => {
  test.each<[string, unknown, object]>([
    ["undefined", undefined, { name: "Error", message: "undefined" }],
    ["null", null, { name: "Error", message: "null" }],
    ["a string", "no luck", { name: "Error", message: "no luck" }],
    ["a bigint", 5n, { name: "Error", message: "5n" }],
    ["a plain object", { id: 1 }, { name: "Error", message: '{"id":1}' }],
    [
      "an object with a message",
      { message: "m", code: "C" },
      { name: "Error", message: "m", code: "C" },
    ],
    ["an error", new TypeError("no id"), { name: "TypeError", message: "no id" }],
    ["an error without a message", new Error(), { name: "Error", message: "" }],
    [
      "a DOMException, whose code is a number",
      new DOMException("stop", "AbortError"),
      { name: "AbortError", message: "stop" },
    ],
    [
      "an error that is final",
      Object.assign(new Error("m"), { code: "ENOENT", nonRetryable: true }),
      { name: "Error", message: "m", code: "ENOENT", nonRetryable: true },
    ],
    [
      "a ConvexError",
      new ConvexError({ code: "FULL", n: 1n }),
      {
        name: "ConvexError",
        message: '{"code":"FULL","n":"1n"}',
        code: "FULL",
        data: { code: "FULL", n: 1n },
      },
    ],
    [
      "a ConvexError with null",
      new ConvexError(null),
      { name: "ConvexError", message: "null", data: null },
    ],
    [
      "a ConvexError that is final and asks for time",
      new ConvexError({ nonRetryable: true, retryAfterMs: 5 }),
      {
        name: "ConvexError",
        message: '{"nonRetryable":true,"retryAfterMs":5}',
        data: { nonRetryable: true, retryAfterMs: 5 },
        retryAfterMs: 5,
        nonRetryable: true,
      },
    ],
    [
      "an error without a prototype",
      Object.assign(Object.create(null), { message: "m" }),
      { name: "Error", message: "m" },
    ],
    [
      "half a surrogate pair",
      new Error("x\ud83d"),
      { name: "Error", message: "x\ufffd" },
    ],
  ])("%s", (_name, thrown, expected) => {
    expect(serialize(thrown)).toEqual(expected);
  });

  test.each<[string, string, object]>([
    [
      "one boundary",
      "Uncaught Error: no id\n    at handler (../convex/x.ts:3:5)\n",
      { name: "Error", message: "no id" },
    ],
    [
      "its own class",
      "Uncaught RangeError: no id\n    at a (../convex/x.ts:3:5)\n    at async b (../convex/x.ts:9:1)\n",
      { name: "RangeError", message: "no id" },
    ],
    [
      "two boundaries",
      "Uncaught Error: Uncaught TypeError: no id\n    at a (x.ts:1:1)\n\n    at b (y.ts:1:1)\n",
      { name: "TypeError", message: "no id" },
    ],
    [
      "several lines, one of which looks like a frame",
      "Uncaught Error: first\n    at sea\nlast\n    at b (y.ts:1:1)\n",
      { name: "Error", message: "first\n    at sea\nlast" },
    ],
    [
      "no message",
      "Uncaught Error\n    at b (y.ts:1:1)\n",
      { name: "Error", message: "" },
    ],
    [
      "a thrown text with a colon",
      "Uncaught note: this\n",
      { name: "Error", message: "note: this" },
    ],
    [
      "a thrown text without one",
      "Uncaught Timeout\n",
      { name: "Error", message: "Timeout" },
    ],
    [
      "nothing at all",
      "line\n    at sea",
      { name: "Error", message: "line\n    at sea" },
    ],
  ])("strips the platform's wrapping: %s", (_name, message, expected) => {
    expect(serialize(new Error(message))).toEqual(expected);
  });

  test("a ConvexError that crossed a boundary keeps its name and data", () => {
    const error = new ConvexError<Value>({ code: "FULL" });
    error.message =
      'Uncaught ConvexError: {"code":"FULL"}\n    at handler (../convex/x.ts:3:5)\n';

    expect(serialize(error)).toEqual({
      name: "ConvexError",
      message: '{"code":"FULL"}',
      code: "FULL",
      data: { code: "FULL" },
    });
  });

  test.each<[string, Value]>([
    ["too large", { text: "x".repeat(ERROR_DATA_BYTES_MAX) }],
    ["no Convex value", { at: new Date(5) } as unknown as Value],
  ])("data that is %s is kept as a preview", (_name, data) => {
    const error = new ConvexError<Value>("m");
    error.data = data;

    const serialized = serialize(error);

    expect(serialized.data).toBeUndefined();
    expect(serialized.dataPreview).toMatch(/^\{"(text":"xxx|at":<Date 5>\})/);
    expect(serialized.dataPreview!.length).toBeLessThanOrEqual(ERROR_DATA_PREVIEW_BYTES);
    expect(serialize(deserializeError(serialized))).toEqual(serialized);
  });

  test("data is stored three objects deep in a row, and judged so", () => {
    let data: Value = 1;
    for (let level = 0; level < 13; level += 1) data = [data];

    expect(serialize(new ConvexError(data)).data).toEqual(data);
    expect(serialize(new ConvexError([data])).data).toBeUndefined();
  });

  test("causes and the members of an AggregateError stand below the stack", () => {
    const cyclic = new Error("outer", {
      cause: new TypeError("inner", { cause: "deepest" }),
    });
    const endless = new Error("endless");
    endless.cause = endless;

    expect(serializeError(cyclic, NOW_MS).stack).toMatch(
      /Caused by TypeError: inner\nCaused by value: "deepest"$/,
    );
    expect(serializeError(endless, NOW_MS).stack!.split("Caused by")).toHaveLength(5);
    const aggregate = new AggregateError([new RangeError("one"), null], "all failed");
    expect(serializeError(aggregate, NOW_MS).stack).toMatch(
      /Caused by RangeError: one\nCaused by value: null$/,
    );
  });

  test.each<[string, unknown, number | undefined]>([
    ["a property", Object.assign(new Error(), { retryAfterMs: 1500 }), 1500],
    [
      "a property before headers",
      Object.assign(headersError({ "retry-after": "9" }), { retryAfterMs: 0 }),
      0,
    ],
    ["seconds in Headers", headersError(new Headers({ "Retry-After": "2" })), 2_000],
    ["a fraction of a second", headersError({ "retry-after": "0.0015" }), 2],
    [
      "milliseconds before seconds",
      headersError(new Headers({ "retry-after-ms": "250", "retry-after": "9" })),
      250,
    ],
    ["a plain object in any case", headersError({ "Retry-After": 3 }), 3_000],
    [
      "a date",
      headersError({ "retry-after": new Date(NOW_MS + 7_000).toUTCString() }),
      7_000,
    ],
    [
      "a date in the past",
      headersError({ "retry-after": new Date(NOW_MS - 7_000).toUTCString() }),
      0,
    ],
    [
      "longer than any wait",
      headersError({ "retry-after": String(30 * DAY) }),
      RETRY_AFTER_MS_MAX,
    ],
    ["no number", Object.assign(new Error(), { retryAfterMs: Number.NaN }), undefined],
    ["a negative one", Object.assign(new Error(), { retryAfterMs: -1 }), undefined],
    ["neither number nor date", headersError({ "retry-after": "soon" }), undefined],
    [
      "headers that throw",
      headersError({
        get: () => {
          throw new Error("no");
        },
      }),
      undefined,
    ],
  ])("retryAfterMs from %s", (_name, thrown, expected) => {
    expect(serializeError(thrown, NOW_MS).retryAfterMs).toBe(expected);
  });

  test("reads an error of the Anthropic client", () => {
    const body = {
      type: "error",
      error: { type: "rate_limit_error", message: "slow down" },
    };
    const error = Anthropic.APIError.generate(
      429,
      body,
      undefined,
      new Headers({ "retry-after": "12" }),
    );

    expect(serialize(error)).toMatchObject({
      message: expect.stringContaining("slow down") as unknown,
      retryAfterMs: 12_000,
    });
  });

  test("is total, bounded, and can be stored", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withTypedArray: true,
      withNullPrototype: true,
      withUnicodeString: true,
    });
    const anyError = fc
      .record(
        {
          name: anything,
          message: anything,
          stack: anything,
          code: anything,
          cause: anything,
          errors: anything,
          headers: anything,
          data: anything,
          retryAfterMs: anything,
        },
        { requiredKeys: [] },
      )
      .chain((fields) =>
        fc.constantFrom(fields, Object.assign(new ConvexError("x"), fields)),
      );
    fc.assert(
      fc.property(fc.oneof(anything, anyError), (thrown) => {
        const serialized = serializeError(thrown, NOW_MS);

        expect(checkDocumentValue(serialized, { label: "an error" }).ok).toBe(true);
        expect(getConvexSize(serialized as unknown as Value)).toBeLessThan(
          ERROR_BYTES_MAX,
        );
        expect(deserializeError(serialized)).toBeInstanceOf(Error);
      }),
      { numRuns: 1_000 },
    );
  });

  test("a thrower that throws when read, and megabytes of text, stay small", () => {
    const traps = new Proxy(
      {},
      {
        get: () => () => {
          throw new Error("trap");
        },
      },
    );
    const hostile: unknown = new Proxy({}, traps);
    const huge = Object.assign(new Error("m".repeat(1_000_000)), {
      name: "n".repeat(1_000),
      code: "c".repeat(1_000),
    });

    expect(serialize(hostile)).toEqual({ name: "Error", message: "<unreadable>" });
    expect(getConvexSize(serializeError(huge, NOW_MS) as unknown as Value)).toBeLessThan(
      ERROR_BYTES_MAX,
    );
  });
});

describe("deserializeError", () => {
  test("an error with data is a ConvexError again", () => {
    const error = deserializeError(
      serializeError(new ConvexError({ code: "FULL" }), NOW_MS),
    );

    expect(error).toBeInstanceOf(ConvexError);
    expect((error as ConvexError<Value>).data).toEqual({ code: "FULL" });
    expect(isStepError(error)).toBe(false);
  });

  test("data that is null is data", () => {
    const error = deserializeError(serializeError(new ConvexError(null), NOW_MS));

    expect((error as ConvexError<Value>).data).toBeNull();
  });

  test("any other is a StepError with the original's name, code and stack", () => {
    const original = Object.assign(new RangeError("m"), {
      code: "C",
      retryAfterMs: 5,
      nonRetryable: true,
    });

    const error = deserializeError(serializeError(original, NOW_MS));

    expect(error).toBeInstanceOf(StepError);
    expect(isStepError(error)).toBe(true);
    expect(error).toMatchObject({
      name: "RangeError",
      message: "m",
      code: "C",
      retryAfterMs: 5,
      nonRetryable: true,
    });
    expect(error.stack).toBe(original.stack);
    expect(isStepError(original)).toBe(false);
    expect(isStepError(null)).toBe(false);
  });

  test("serializing it again changes nothing, so that a parent sees what its child threw", () => {
    const errors = [
      new TypeError("m"),
      new ConvexError({ code: "C" }),
      Object.assign(new Error("m"), { code: "X", retryAfterMs: 1, nonRetryable: true }),
      "text",
    ];
    for (const error of errors) {
      const once = serialize(error);

      expect(serialize(deserializeError(once))).toEqual(once);
    }
  });
});
