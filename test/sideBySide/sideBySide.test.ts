/**
 * The same scenarios on convex-test 0.0.60 and on ours: the same values and errors, in the
 * same number of turns of the microtask queue.
 */
import { convexTest as theirs } from "convex-test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { convexTest as ours } from "../../sim/convexTest.js";
import { appModules, counterModules, counterSchema, schema } from "./app.js";
import { callScenarios } from "./calls.js";
import type { Accessor, Scenario, See } from "./scenario.js";
import { countTurns } from "./scenario.js";
import { surroundingScenarios } from "./surroundings.js";

const START = 1_700_000_000_000;

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe.each([...callScenarios, ...surroundingScenarios])("$name", (scenario) => {
  test("is the same on both", async () => {
    const expected = await observe(theirs as typeof ours, scenario);
    expect(expected.length).toBeGreaterThan(0);
    expect(await observe(ours, scenario)).toEqual(expected);
  });
});

/** Everything that can be seen of a scenario. */
async function observe(convexTest: typeof ours, scenario: Scenario): Promise<unknown[]> {
  vi.useFakeTimers({ now: START });
  try {
    const { transactionLimits } = scenario;
    const t = convexTest({ schema, modules: appModules, transactionLimits });
    t.registerComponent("counter", counterSchema, counterModules);
    const seen: unknown[] = [];
    const see: See = async (label, call) => {
      const promise = (async () => await call())();
      const turns = await countTurns(promise);
      const [outcome] = await Promise.allSettled([promise]);
      const isValue = outcome.status === "fulfilled";
      const what: unknown = isValue ? outcome.value : described(outcome.reason);
      // Bigints and undefined are told apart by equality; copies so that nothing changes it.
      seen.push([label, turns, isValue, structuredClone(what)]);
      return isValue ? outcome.value : undefined;
    };
    await scenario.run(t as unknown as Accessor, see);
    return seen;
  } finally {
    vi.useRealTimers();
  }
}

function described(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const { name, message, constructor } = thrown;
  return {
    name,
    message,
    constructor: constructor.name,
    data: (thrown as { data?: unknown }).data,
  };
}
