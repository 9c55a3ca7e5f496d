/** The platform's words, and a user's that sound like them. */
import { describe, expect, test } from "vitest";
import { classifyFailure } from "./failures.js";

describe("classifyFailure", () => {
  test.each([
    [
      "conflict",
      'Documents read from or written to the "seats" table changed while this mutation was being run and on every subsequent retry.',
    ],
    ["conflict", "OptimisticConcurrencyControlFailure"],
    [
      "overload",
      "Too many concurrent requests. Your backend is limited to 16 concurrent mutations. ",
    ],
    [
      "overload",
      "Too many concurrent commits in a short period of time. Spread your writes out over time",
    ],
    [
      "overload",
      "Too many writes per second. Your deployment is limited to 4 MiB bytes written per 1s.",
    ],
    ["overload", "There are no available workers to process the request"],
    ["overload", "Your request couldn't be completed. Try again later."],
    ["fatal", "Function execution timed out (maximum duration: 1s)"],
    ["fatal", "JavaScript execution ran out of memory (maximum memory usage: 64 MB)"],
    ["fatal", "Your request timed out performing too many system operations."],
  ])("the platform's text is a %s: %s", (kind, message) => {
    expect(classifyFailure(message)).toBe(kind);
  });

  test.each([
    "429 Too many concurrent requests to model",
    "Uncaught Error: Too many concurrent requests. Slow down.",
    "fetch failed",
    "",
  ])("a user's text is none of them: %s", (message) => {
    expect(classifyFailure(message)).toBe("unknown");
  });
});
