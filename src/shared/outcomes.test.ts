import { ConvexError, getConvexSize, type Value } from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  PLATFORM_DOCUMENT_BYTES_MAX,
  PLATFORM_DOCUMENT_NESTING_MAX,
} from "./constants.js";
import { executorError } from "./errors.js";
import { copyValue, resolveReturned, resolveThrown } from "./outcomes.js";

const NOW_MS = Date.UTC(2030, 0, 1);

function nest(levels: number): Value {
  let value: Value = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

function createCycle(): unknown {
  const list: unknown[] = [];
  list.push(list);
  return list;
}

describe("resolveReturned", () => {
  test.each<[string, unknown, Value]>([
    ["null", null, null],
    ["nothing, which is stored as null,", undefined, null],
    ["a number", 7, 7],
    ["an object", { a: [1, "b"] }, { a: [1, "b"] }],
    ["a field that is undefined, which is dropped,", { a: 1, b: undefined }, { a: 1 }],
    ["a bigint", 7n, 7n],
  ])("%s completes the step", (_title, returned, value) => {
    expect(resolveReturned(returned, "the result")).toEqual({ kind: "completed", value });
  });

  test("what completes is a copy, which the code cannot change any more", () => {
    const returned = { list: [1] };

    const outcome = resolveReturned(returned, "the result");
    returned.list.push(2);

    expect(outcome).toEqual({ kind: "completed", value: { list: [1] } });
  });

  test.each<[string, unknown]>([
    ["a function", () => 1],
    ["a class's instance", new Map()],
    ["a cycle", createCycle()],
    ["text that no document can hold", "x".repeat(PLATFORM_DOCUMENT_BYTES_MAX)],
    ["nesting that no document can hold", nest(PLATFORM_DOCUMENT_NESTING_MAX)],
  ])("%s fails it for good, as a value of the step", (_title, returned) => {
    expect(resolveReturned(returned, 'the result of step "a"')).toMatchObject({
      kind: "failed",
      error: {
        name: "ValueRejected",
        code: "VALUE_REJECTED",
        message: expect.stringMatching(
          /^the result of step "a".* It begins: /s,
        ) as unknown,
        nonRetryable: true,
      },
    });
  });

  test("two levels are left to the row that stores the outcome", () => {
    const levels = PLATFORM_DOCUMENT_NESTING_MAX - 2;

    expect(resolveReturned(nest(levels), "the result").kind).toBe("completed");
    expect(resolveReturned(nest(levels + 1), "the result").kind).toBe("failed");
  });

  test("whatever code returns, the outcome can be stored", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }),
        (returned) => {
          const outcome = resolveReturned(returned, "the result");

          expect(() => getConvexSize(outcome)).not.toThrow();
          expect(getConvexSize(outcome)).toBeLessThan(PLATFORM_DOCUMENT_BYTES_MAX);
        },
      ),
    );
  });
});

describe("resolveThrown", () => {
  test("an error fails the step with its name and message", () => {
    expect(resolveThrown(new TypeError("No."), NOW_MS)).toMatchObject({
      kind: "failed",
      error: { name: "TypeError", message: "No." },
    });
  });

  test("a ConvexError keeps its data, and one of ours its code", () => {
    expect(resolveThrown(new ConvexError({ stock: 0 }), NOW_MS)).toMatchObject({
      error: { data: { stock: 0 } },
    });
    expect(resolveThrown(executorError("TIMEOUT", "Late."), NOW_MS)).toMatchObject({
      error: { code: "TIMEOUT" },
    });
  });

  test("a delay that the error asks for is reckoned from now", () => {
    const error = Object.assign(new Error("Slow down."), {
      headers: { "retry-after": new Date(NOW_MS + 5_000).toUTCString() },
    });

    expect(resolveThrown(error, NOW_MS).error.retryAfterMs).toBe(5_000);
  });
});

describe("copyValue", () => {
  test.each<Value>([null, 1, "a", true, 7n, [], { a: [null, { b: 1n }] }])(
    "a copy of %o is equal",
    (value) => {
      expect(copyValue(value)).toEqual(value);
    },
  );

  test("bytes are copied too", () => {
    const bytes = new Uint8Array([1, 2]).buffer;

    const copy = copyValue(bytes) as ArrayBuffer;
    new Uint8Array(bytes)[0] = 9;

    expect([...new Uint8Array(copy)]).toEqual([1, 2]);
  });

  test("neither holder sees what the other changes", () => {
    const value = { list: [{ a: 1 }] };

    const copy = copyValue(value) as typeof value;
    copy.list[0]!.a = 2;

    expect(value).toEqual({ list: [{ a: 1 }] });
  });
});
