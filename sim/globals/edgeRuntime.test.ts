// @vitest-environment edge-runtime
/** The same in the environment of Convex suites, whose globals are not Node's. */
import { expect, test } from "vitest";

import { actionScope, START, transactionScope } from "./testScopes.js";

test("an action has its clock, network and modules", async () => {
  const scope = actionScope({ fetch: async () => new Response("answer") });

  const seen = await scope.run(async () => {
    const signal = AbortSignal.timeout(5);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode("a"));
    const loaded = await import("./refusal.js");
    const response = await fetch("https://example.test/");
    return [
      Date.now() - START,
      signal instanceof AbortSignal,
      digest.byteLength,
      typeof loaded.refusal,
      await response.text(),
      typeof crypto.randomUUID(),
    ];
  });

  expect(seen).toEqual([5, true, 20, "function", "answer", "string"]);
});

test("a transaction has its time and chance", async () => {
  const draw = (): unknown => [Date.now(), Math.random(), crypto.randomUUID()];

  const first = await transactionScope().run(draw);

  expect(await transactionScope().run(draw)).toEqual(first);
});
