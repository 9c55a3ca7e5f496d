/**
 * One run of chaos: a random app under random trouble, until the trouble is over and all
 * has to come to its end.
 *
 * Owns what is drawn from a seed: the workflows, when they start, what operators and users
 * do meanwhile, and what goes wrong. Judges nothing.
 */
import {
  mutationGeneric,
  type AnyDataModel,
  type GenericMutationCtx,
} from "convex/server";
import { v } from "convex/values";
import { Random } from "../../sim/clock/random.js";
import {
  isExecutorError,
  vOnCompleteArgs,
  type GateOption,
  type WorkflowId,
} from "../../src/client/index.js";
import { buildApp, ref, workflowRef } from "../sweep/app.js";
import { ledger } from "../sweep/ledger.js";
import { Play, type FaultOptions, type Scenario } from "../sweep/play.js";
import { drawOps, follow, listEvents, type Op } from "./program.js";

/** Milliseconds of trouble; what happens after it must be well. */
const TROUBLE_MS = 40_000;
const WORKFLOWS = 8;
const VERBS = 6;

const FINISHED = ["completed", "failed", "canceled"];
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

const app = buildApp({ lifetimeMs: 8_000, drainMs: 2_000 }, (executor) => {
  const define = (gate?: GateOption) =>
    executor
      .define({ args: { ops: v.array(v.any()) }, ...(gate ? { gate } : {}) })
      .handler(async (step, { ops }) => await follow(step, ops as Op[]));
  return {
    main: define(),
    /** Past a gate of its own; every second workflow. */
    narrow: define({ key: "narrow", concurrency: 2 }),
    done: mutationGeneric({
      args: vOnCompleteArgs(v.any()),
      handler: async (ctx, { workflowId, context }) => {
        await ctx.db.insert("callbacks", { call: workflowId });
        // Some fail when they are called first.
        const { key, isBroken } = context as { key: string; isBroken: boolean };
        if (ledger().note(`done ${key}`) === 1 && isBroken) throw new Error("not yet");
      },
    }),
  };
});

/** A run, and how often each workflow without a parent has ended in it. */
export interface Chaos {
  readonly play: Play;
  readonly ends: ReadonlyMap<string, number>;
}

/** Plays a seed. */
export async function playChaos(seed: number): Promise<Chaos> {
  const random = new Random(seed).fork("chaos");
  const scenario: Scenario = {
    name: `chaos ${seed}`,
    app: app.source,
    gated: ["app:narrow"],
    begin: async (play) => begin(play, random),
    facts: () => null,
    expected: null,
  };
  const ends = new Map<string, number>();
  const prepare = (convex: Play["convex"]) => void countEnds(convex, ends);
  const faults = drawFaults(random.fork("faults"));
  return { play: await Play.run(scenario, faults, { seed, prepare }), ends };
}

/** Counts how often each workflow without a parent comes to an end. */
function countEnds(convex: Play["convex"], ends: Map<string, number>): void {
  type Workflow = { state: string; parent?: object };
  const isOver = (row: { value: unknown } | null | undefined) =>
    FINISHED.includes((row?.value as Workflow | undefined)?.state ?? "");
  convex.onCommit((rows) => {
    for (const { component, table, id, before, after } of rows) {
      const isIts = component === "executor" && table === "workflows";
      if (!isIts || (after?.value as Workflow | undefined)?.parent) continue;
      if (isOver(after) && !isOver(before)) ends.set(id, (ends.get(id) ?? 0) + 1);
    }
  });
}

async function begin(play: Play, random: Random): Promise<void> {
  const ids: WorkflowId[] = [];
  for (let index = 0; index < WORKFLOWS; index += 1) {
    const key = `w${index}`;
    const ops = drawOps(random.fork(key), key);
    const context = { key, isBroken: random.chance(0.5) };
    const item = { args: { ops }, key, onComplete: ref<"mutation">("done"), context };
    const definition = workflowRef(index % 2 === 0 ? "main" : "narrow");
    const senders = random.fork(`events of ${key}`);
    // The first at once: operators can do nothing before the component knows the app.
    play.after(index === 0 ? 0 : random.integer(0, TROUBLE_MS / 2), async () => {
      const [id] = await play.inMutation(async (ctx) =>
        app.executor.startMany(ctx, definition, [item]),
      );
      ids.push(id!);
      for (const name of listEvents(ops)) sendAtSomeTime(play, senders, id!, name);
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

/** Sends an event, soon or late, perhaps twice; of a child's it is never heard. */
function sendAtSomeTime(
  play: Play,
  random: Random,
  workflowId: WorkflowId,
  name: string,
): void {
  const event = { workflowId, name, id: name, value: name };
  for (let times = random.integer(0, 2); times > 0; times -= 1) {
    play.after(random.integer(0, TROUBLE_MS / 2), async () =>
      play.inMutation(async (ctx) => await app.executor.sendEvent(ctx, event)),
    );
  }
}

function drawVerb(play: Play, random: Random, ids: WorkflowId[]): () => Promise<unknown> {
  const { executor } = app;
  if (random.chance(0.5)) {
    const [name, args] = random.pick(OPERATORS);
    return async () => await play.operate(name, args);
  }
  const how = random.pick(["restart", "restart from", "cancel"] as const);
  const fromStep = random.integer(0, 3);
  return async () => {
    const id = ids.length > 0 ? random.pick(ids) : undefined;
    if (!id) return;
    const act = async (ctx: GenericMutationCtx<AnyDataModel>) => {
      if (how === "cancel") return await executor.cancel(ctx, id, "by chance");
      return await executor.restart(ctx, id, how === "restart" ? {} : { fromStep });
    };
    await play.inMutation(act).catch((error: unknown) => {
      // It may not have come so far.
      if (how !== "restart from" || !isExecutorError(error)) throw error;
    });
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
