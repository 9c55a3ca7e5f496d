/**
 * One run of chaos: a random app under random trouble, until the trouble is over and all
 * has to come to its end.
 *
 * Owns what is drawn from a seed: the workflows, when they start, what operators and users
 * do meanwhile, and what goes wrong. Judges nothing.
 */
import { v } from "convex/values";
import { Random } from "../../sim/clock/random.js";
import type { WorkflowId } from "../../src/client/index.js";
import { buildApp, workflowRef } from "../sweep/app.js";
import { Play, type FaultOptions, type Scenario } from "../sweep/play.js";
import { drawOps, follow, type Op } from "./program.js";

/** Milliseconds of trouble; what happens after it must be well. */
const TROUBLE_MS = 40_000;
const WORKFLOWS = 8;
const VERBS = 6;

const MAIN = { definition: "app:main" };

/** What somebody may do at any time, by name. */
const OPERATORS: readonly (readonly [name: string, args: object])[] = [
  ["startExecutors", {}],
  ["bumpEpoch", { restart: true }],
  ["bumpEpoch", {}],
  ["failPendingTasks", { limit: 2 }],
  ["failPendingTasks", { includeRunning: true, limit: 2 }],
  ["clearTaskQueue", { limit: 1 }],
  ["clearReplayQueue", { limit: 1 }],
  ["unpark", {}],
  ["diagnose", {}],
  ["pause", {}],
  ["resume", {}],
  ["pause", MAIN],
  ["resume", MAIN],
  ["cancelAll", { limit: 2 }],
  ["restartAll", { limit: 2 }],
  ["restartAll", { state: "canceled", fromFailure: true, limit: 1 }],
];

const app = buildApp({ lifetimeMs: 8_000, drainMs: 2_000 }, (executor) => ({
  main: executor
    .define({ args: { ops: v.array(v.any()) } })
    .handler(async (step, { ops }) => await follow(step, ops as Op[])),
}));

/** Plays a seed. */
export async function playChaos(seed: number): Promise<Play> {
  const random = new Random(seed).fork("chaos");
  const scenario: Scenario = {
    name: `chaos ${seed}`,
    app: app.source,
    begin: async (play) => begin(play, random),
    facts: () => null,
    expected: null,
  };
  return await Play.run(scenario, drawFaults(random.fork("faults")), { seed });
}

async function begin(play: Play, random: Random): Promise<void> {
  const ids: WorkflowId[] = [];
  for (let index = 0; index < WORKFLOWS; index += 1) {
    const key = `w${index}`;
    const item = { args: { ops: drawOps(random.fork(key), key) }, key };
    // The first at once: operators can do nothing before the component knows the app.
    play.after(index === 0 ? 0 : random.integer(0, TROUBLE_MS / 2), async () => {
      ids.push(
        ...(await play.inMutation(async (ctx) =>
          app.executor.startMany(ctx, workflowRef("main"), [item]),
        )),
      );
    });
  }
  for (let index = 0; index < VERBS; index += 1) {
    const at = random.integer(1_000, TROUBLE_MS);
    play.after(at, drawVerb(play, random.fork(`verb ${index}`), ids));
  }
  play.after(TROUBLE_MS, async () => {
    play.convex.faults.stop();
    for (const verb of [{}, MAIN]) await play.operate("resume", verb);
    await play.operate("startExecutors");
    await play.operate("unpark");
  });
}

function drawVerb(play: Play, random: Random, ids: WorkflowId[]): () => Promise<unknown> {
  const { executor } = app;
  if (random.chance(0.5)) {
    const [name, args] = random.pick(OPERATORS);
    return async () => await play.operate(name, args);
  }
  const isRestart = random.chance(0.5);
  return async () => {
    const id = ids.length > 0 ? random.pick(ids) : undefined;
    if (!id) return;
    await play.inMutation(async (ctx) =>
      isRestart
        ? await executor.restart(ctx, id)
        : await executor.cancel(ctx, id, "by chance"),
    );
  };
}

/** Of the engine's own calls: a user's function that fails is a failed step. */
function drawFaults(random: Random): FaultOptions {
  const engine = (probability: number) => ({
    functions: ["executor/*"],
    probability: random.chance(0.7) ? probability * random.next() : 0,
  });
  const timed = () => ({
    meanIntervalMs: TROUBLE_MS / 2,
    count: random.integer(0, 2),
  });
  return {
    crash: {
      functions: ["shards:run", "app:remote"],
      probability: 0.004 * random.next(),
    },
    conflict: engine(0.1),
    commitLost: engine(0.05),
    commitUnheard: engine(0.05),
    permit: engine(0.05),
    overload: engine(0.05),
    slowSyscall: engine(0.05),
    restart: timed(),
    schedulerStall: timed(),
    pause: { ...timed(), ms: 5_000 },
  };
}
