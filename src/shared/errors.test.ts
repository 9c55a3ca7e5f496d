import { ConvexError } from "convex/values";
import { describe, expect, test } from "vitest";

import { assert, executorError, getErrorCode, isExecutorError } from "./errors.js";
import { deserializeError, serializeError } from "./thrown.js";

describe("executorError", () => {
  test("carries code, message and details as data, which crosses functions", () => {
    const error = executorError("TOO_MANY", "Too many.", { actual: 3, limit: 2 });

    expect(error).toBeInstanceOf(ConvexError);
    expect(error.data).toEqual({
      code: "TOO_MANY",
      message: "Too many.",
      actual: 3,
      limit: 2,
    });
  });

  test("a detail that is undefined is absent, as no value is", () => {
    const error = executorError("TOO_MANY", "Too many.", { limit: undefined });

    expect(Object.keys(error.data)).toEqual(["code", "message"]);
  });

  test("its message can be read where only the message survives", () => {
    expect(executorError("TIMEOUT", "It took too long.").message).toContain(
      "It took too long.",
    );
  });
});

describe("isExecutorError", () => {
  const error = executorError("KEY_CONFLICT", "The key is taken.");

  test("an error of ours is recognised, with its code or without", () => {
    expect(isExecutorError(error)).toBe(true);
    expect(isExecutorError(error, "KEY_CONFLICT")).toBe(true);
  });

  test("an error of ours with another code is not meant", () => {
    expect(isExecutorError(error, "TIMEOUT")).toBe(false);
  });

  test("one that another function threw is recognised by its data", () => {
    expect(isExecutorError(new ConvexError({ ...error.data }), "KEY_CONFLICT")).toBe(
      true,
    );
  });

  test.each([
    ["an ordinary error", new Error("KEY_CONFLICT")],
    ["the data alone", error.data],
    ["an app's error with a text", new ConvexError("KEY_CONFLICT")],
    ["an app's error without data", new ConvexError(null)],
    ["an app's error without a code", new ConvexError({ message: "No." })],
    ["an app's error with a code of its own", new ConvexError({ code: "OUT_OF_STOCK" })],
    [
      "an app's error with a code that every object has",
      new ConvexError({ code: "toString" }),
    ],
    ["an app's error with a code that is no text", new ConvexError({ code: 7 })],
    ["nothing", undefined],
  ])("%s is none of ours", (_title, other) => {
    expect(isExecutorError(other)).toBe(false);
  });
});

describe("the code of an error", () => {
  const caught = (thrown: unknown) => deserializeError(serializeError(thrown, 0));
  const withCode = Object.assign(new Error("No."), { code: "NO" });

  test.each([
    ["an error with a code", withCode],
    ["an app's error with data", new ConvexError({ code: "NO" })],
    ["an error with both", Object.assign(new ConvexError({ code: 7 }), { code: "NO" })],
  ])("of %s is the same for who throws and for the handler that catches", (_, thrown) => {
    expect(getErrorCode(thrown)).toBe("NO");
    expect(caught(thrown)).toMatchObject({ code: "NO" });
    expect(getErrorCode(caught(thrown))).toBe("NO");
    expect(isExecutorError(caught(thrown))).toBe(false);
  });

  test("of ours is known wherever it is caught", () => {
    const thrown = executorError("TIMEOUT", "It took too long.");
    const recorded = deserializeError({
      name: "Lost",
      message: "",
      code: "OUTCOME_UNKNOWN",
    });

    expect(getErrorCode(thrown)).toBe("TIMEOUT");
    expect(caught(thrown)).toMatchObject({ code: "TIMEOUT", data: { code: "TIMEOUT" } });
    expect(isExecutorError(caught(thrown), "TIMEOUT")).toBe(true);
    expect(isExecutorError(recorded, "OUTCOME_UNKNOWN")).toBe(true);
    expect(isExecutorError(recorded, "TIMEOUT")).toBe(false);
  });

  test.each([
    ["a text", "NO"],
    ["nothing", undefined],
    ["an error without", new Error("No.")],
    ["data that is a text", new ConvexError("NO")],
    ["a code that is a number", Object.assign(new Error("No."), { code: 7 })],
  ])("of %s is none", (_, thrown) => {
    expect(getErrorCode(thrown)).toBeUndefined();
  });
});

describe("assert", () => {
  test("what holds passes", () => {
    expect(() => assert({}, "invariant I3: a row")).not.toThrow();
  });

  test.each([false, null, undefined, 0, ""])(
    "%j throws, and says what should hold",
    (value) => {
      expect(() => assert(value, "invariant I3: a row")).toThrow(
        "convex-executor: invariant I3: a row",
      );
    },
  );
});
