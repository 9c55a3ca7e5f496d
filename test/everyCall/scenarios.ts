/**
 * For each call of an executor to the component, a run that makes it.
 *
 * Owns the runs, and what is to come of each, whatever happens to the call. A run says which
 * calls it makes for certain: a fault that is armed for one of them hits.
 */
import { MUTATION_TRIES, SECOND } from "../../src/shared/constants.js";
import { ref } from "../harness/app.js";
import { startOnOneShard } from "../harness/help.js";
import { loseWatchdog } from "../harness/watchdog.js";
import type { WorkApp, Part } from "../harness/work.js";
import type { Scenario } from "./facts.js";

const ONE_SLOT = { shards: 1, seats: 1, slotsPerShard: 1 };
const MAIN = { definition: "app:main" };
const FAR_MS = 600 * SECOND;

const work = (key: string, ms = 10): Part => ({ kind: "work", key, ms });
const charge = (key: string): Part => ({ kind: "charge", key });

const steps: Scenario = {
  calls: ["scan", "commit", "runMutation", "agenda", "retire"],
  play: async (app) => {
    await app.begin([work("a"), charge("b"), { kind: "sleep", ms: 50 }, charge("c")]);
    await app.run();
  },
  expected: { ends: [["a", "b", null, "c"]], written: ["b", "c"], attempts: ["a"] },
};

const hopelessMutation: Scenario = {
  calls: ["failMutation"],
  play: async (app) => {
    app.faults.add({ on: "executor:runMutation", when: "before", times: MUTATION_TRIES });
    await app.begin([charge("never")]);
    await app.run();
  },
  expected: { ends: ["TRANSACTION_DIED"], written: [], attempts: [] },
};

const signals: Scenario = {
  calls: ["settled"],
  options: { shards: 2, seats: 2 },
  play: async (app) => {
    const child: Part = { kind: "child", parts: [work("child")] };
    await app.begin([{ kind: "all", parts: [child, work("beside", 3_000)] }]);
    await app.run();
  },
  expected: {
    ends: [[[["child"], "beside"]], ["child"]],
    written: [],
    attempts: ["beside", "child"],
  },
};

const farWait: Scenario = {
  calls: ["fireTimers", "journals"],
  play: async (app) => {
    await app.begin([charge("before"), { kind: "sleep", ms: FAR_MS }, charge("after")]);
    await app.run();
  },
  expected: {
    ends: [["before", null, "after"]],
    written: ["after", "before"],
    attempts: [],
  },
};

const callback: Scenario = {
  calls: ["countAttempts", "deliver"],
  play: async (app) => {
    await startTold(app);
    await app.run();
  },
  expected: { ends: [["a"]], written: ["told success"], attempts: ["a"] },
};

const diedDelivery: Scenario = {
  calls: ["noteUndelivered"],
  play: async (app) => {
    app.faults.add({ on: "executor:deliver", when: "before" });
    await startTold(app);
    await app.run();
  },
  expected: callback.expected,
};

const handover: Scenario = {
  calls: ["handOver", "leave"],
  options: { lifetimeMs: 2_000, drainMs: 20_000 },
  play: async (app) => {
    await app.begin([work("a", 3_000), charge("b"), work("c", 10)]);
    await app.run();
  },
  expected: { ends: [["a", "b", "c"]], written: ["b"], attempts: ["a", "c"] },
};

const takeover: Scenario = {
  calls: ["recover"],
  play: async (app) => {
    await app.begin([charge("a"), work("b", 5_000), charge("c")]);
    await app.runUntilWorking("b");
    await app.crash();
    // Else the watchdog gives back what the dead one held.
    await app.operate("startExecutors");
    await app.run();
  },
  expected: {
    ends: [["a", "b", "c"]],
    written: ["a", "c"],
    attempts: ["b", "b"],
  },
};

const lostWatchdog: Scenario = {
  calls: ["watched", "watch"],
  play: async (app) => {
    await app.begin([work("a", 165_000)]);
    await app.runUntilWorking("a");
    await loseWatchdog(app, "canceled", { andGuard: true });
    // It is looked for once in a period, in the first two.
    await app.runFor(155_000);
    const broken = (await app.audit()) as { invariant: string }[];
    if (broken.length > 0) throw new Error(`Nobody watches: ${JSON.stringify(broken)}`);
    await app.run();
  },
  expected: { ends: [["a"]], written: [], attempts: ["a"] },
};

const otherCode: Scenario = {
  calls: ["parked", "unpark"],
  play: async (app) => {
    const { main: _main, ...others } = app.exports;
    const { exports } = app;
    await app.begin([charge("a")]);
    app.exports = others;
    await app.run();
    app.exports = exports;
    await app.operate("startExecutors");
    await app.run();
  },
  expected: { ends: [["a"]], written: ["a"], attempts: [] },
};

/** Alike, so that it does not matter who comes first. */
const HELPED = 12;

const help: Scenario = {
  calls: ["call"],
  options: { shards: 2, seats: 2, slotsPerShard: 1 },
  play: async (app) => {
    const parts = [work("a", 3_000)];
    await startOnOneShard(
      app,
      Array.from({ length: HELPED }, () => ({ args: { parts } })),
    );
    await app.run();
  },
  expected: {
    ends: Array.from({ length: HELPED }, () => ["a"]),
    written: [],
    attempts: Array.from({ length: HELPED }, () => "a"),
  },
};

const pause: Scenario = {
  calls: ["parkPaused"],
  options: ONE_SLOT,
  play: async (app) => {
    await app.begin([work("a", 2_000), work("b")]);
    await app.begin([work("c")]);
    await app.runUntilWorking("a");
    await app.operate("pause", MAIN);
    await app.run();
    await app.operate("resume", MAIN);
    await app.run();
  },
  expected: { ends: [["a", "b"], ["c"]], written: [], attempts: ["a", "b", "c"] },
};

const gate: Scenario = {
  calls: ["trade"],
  play: async (app) => {
    const passed = { gate: app.executor.gate("provider", { concurrency: 1 }) };
    const main = app.executor.define({}).handler(async (step) => {
      const args = { ms: 300, failures: 0 };
      return await Promise.all(
        ["a", "b", "c"].map(
          async (key) =>
            await step.runAction(ref<"action">("work"), { key, ...args }, passed),
        ),
      );
    });
    app.exports = { ...app.exports, main };
    await app.start("main");
    await app.run();
    if (app.concurrencyMax > 1) throw new Error("More have passed than the gate lets.");
  },
  expected: { ends: [["a", "b", "c"]], written: [], attempts: ["a", "b", "c"] },
};

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  steps,
  hopelessMutation,
  signals,
  farWait,
  callback,
  diedDelivery,
  handover,
  takeover,
  lostWatchdog,
  otherCode,
  help,
  pause,
  gate,
};

async function startTold(app: WorkApp): Promise<void> {
  const onComplete = ref<"mutation">("told");
  await app.start("main", { parts: [work("a")] }, { onComplete });
}
