/**
 * One run of a program: the app that it runs in, and what is done to its executors.
 *
 * Owns the effects that steps have, the disruptions, and the driving of virtual time until
 * every workflow has ended. Judges nothing.
 */
import {
  actionGeneric,
  defineSchema,
  defineTable,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { v } from "convex/values";
import type { WorkflowId } from "../../src/client/index.js";
import { TestApp } from "../harness/app.js";
import { IS_CONCURRENT, type DeploymentOptions } from "../harness/deployment.js";
import { listEvents } from "./analysis.js";
import type { Disruption, Scenario } from "./arbitraries.js";
import { insist, insistOnEnding, insistOnSending } from "./insistence.js";
import { readJournals, type Journal } from "./journal.js";
import {
  interpret,
  interpretChild,
  type Program,
  type StepArgs,
  type StepBody,
} from "./program.js";
import { STRAIN } from "./strain.js";

/** Shorter than any lifetime: else executors without work would hand over for ever. */
const IDLE_MS = 10;
/** How often executors may have to be started again before a run counts as stuck. */
const ROUNDS_MAX = 20;

const vStep = {
  label: v.string(),
  durationMs: v.number(),
  failures: v.number(),
  value: v.number(),
  seen: v.string(),
};

/** Milliseconds between the sending of events, by their value. */
const SEND_MS = 10;
/** What a run leaves behind. */
export type Trial = {
  app: TestApp;
  workflowId: WorkflowId | null;
  /** Whether the workflow was canceled or restarted, so that it may have gone another way. */
  isEnded: boolean;
  /** Calls of executors to the backend. */
  calls: number;
  /** Journals as they were whenever a commit or a mutation step had taken effect. */
  snapshots: Journal[][];
  journals: Journal[];
  /** How often each mutation step's effect is in the database, by label. */
  effects: Map<string, number>;
  /** Broken invariants at every quiet point. */
  violations: unknown[];
};

/** Runs a program to its end, undisturbed or not. */
export async function runTrial(
  program: Program,
  scenario: Scenario,
  undisturbedCalls: number | null,
): Promise<Trial> {
  const isDisturbed = undisturbedCalls !== null;
  const app = createApp(
    { seed: scenario.seed, ...(isDisturbed && IS_CONCURRENT ? { faults: STRAIN } : {}) },
    isDisturbed ? (scenario.life ?? {}) : {},
  );
  const trial = watch(app);
  if (undisturbedCalls !== null) {
    disturb(app, trial, scenario.disruptions, undisturbedCalls);
  }
  const workflowId = await app.start("main", { program: JSON.stringify(program) });
  trial.workflowId = workflowId;
  for (const { label, value } of listEvents(program)) {
    // Before its waiter comes, or after.
    app.later(
      async () => await insistOnSending(app, { workflowId, name: label, value }),
      value * SEND_MS,
    );
  }
  await settle(trial);
  for (const { label } of await app.rows<{ label: string }>("effects", "")) {
    trial.effects.set(label, (trial.effects.get(label) ?? 0) + 1);
  }
  return trial;
}

/** Drives until every workflow has ended; starts executors again where there is none. */
async function settle(trial: Trial): Promise<void> {
  const { app } = trial;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    await app.run();
    trial.violations.push(...(await app.audit()));
    trial.journals = await readJournals(app);
    const isOpen = trial.journals.some(({ workflow }) =>
      ["pending", "running"].includes(workflow.state),
    );
    if (!isOpen) return;
    await app.operate("startExecutors");
  }
  throw new Error(`A workflow is stuck: ${JSON.stringify(trial.journals)}`);
}

function createApp(
  deployment: DeploymentOptions,
  life: { lifetimeMs?: number; drainMs?: number },
): TestApp {
  const body = createBody();
  const schema = defineSchema({ effects: defineTable({ label: v.string() }) });
  return new TestApp({ schema, deployment, idleMs: IDLE_MS, ...life }, (executor) => ({
    // Transactions have no timers; `watch` delays their calls instead.
    read: queryGeneric({
      args: vStep,
      handler: async (_ctx, args) => body({ ...args, durationMs: 0 }),
    }),
    write: mutationGeneric({
      args: vStep,
      handler: async (ctx, args) => {
        await ctx.db.insert("effects", { label: args.label });
        return await body({ ...args, durationMs: 0 });
      },
    }),
    remote: actionGeneric({ args: vStep, handler: async (_ctx, args) => body(args) }),
    inProcess: executor.action({
      args: vStep,
      returns: v.number(),
      handler: async (_ctx, args) => body(args),
    }),
    child: executor
      .define({ args: vStep })
      .handler(async (step, args) => interpretChild({ step, body }, args)),
    // As text: a value may be nested sixteen levels deep, a program deeper.
    main: executor
      .define({ args: { program: v.string() }, returns: v.string() })
      .handler(async (step, { program }) =>
        JSON.stringify(await interpret({ step, body }, JSON.parse(program) as Program)),
      ),
  }));
}

/** A body that takes its time and fails as often as it is told, counted over all runs. */
function createBody(): StepBody {
  const failures = new Map<string, number>();
  return async ({ label, durationMs, failures: wanted, value }) => {
    const before = failures.get(label) ?? 0;
    failures.set(label, before + 1);
    if (durationMs > 0) await pause(durationMs);
    if (before < wanted) throw new Error(`${label} failed`);
    return value;
  };
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms));
}

/** Counts calls, keeps snapshots, and lets transactions take as long as their steps say. */
function watch(app: TestApp): Trial {
  const trial: Trial = {
    app,
    workflowId: null,
    isEnded: false,
    calls: 0,
    snapshots: [],
    journals: [],
    effects: new Map(),
    violations: [],
  };
  app.faults.onCall = async (name, args) => {
    trial.calls += 1;
    if (name === "app:read") await pause((args as StepArgs).durationMs);
    if (name === "executor:runMutation") {
      await pause((args as { args: StepArgs }).args.durationMs);
    }
  };
  app.faults.onAnswer = (name) => {
    if (name !== "executor:commit" && name !== "executor:runMutation") return;
    app.later(async () => {
      trial.snapshots.push(await readJournals(app));
    });
  };
  return trial;
}

/** Does what the scenario says, at the calls it names. */
function disturb(
  app: TestApp,
  trial: Trial,
  disruptions: readonly Disruption[],
  undisturbedCalls: number,
): void {
  const pending = disruptions.map((one) => ({
    ...one,
    at: Math.floor((one.at * undisturbedCalls) / 1000),
  }));
  const { onCall, onAnswer } = app.faults;
  const take = (name: string, kinds: Disruption["how"][]) => {
    const index = pending.findIndex(
      ({ at, how }) =>
        at < trial.calls &&
        kinds.includes(how) &&
        // A user's own function that fails is a failed step, which changes the program.
        (!how.startsWith("fail") || name.startsWith("executor:")),
    );
    return index < 0 ? undefined : pending.splice(index, 1)[0];
  };
  const act = (disruption: Disruption | undefined, index: number) => {
    if (!disruption) return;
    const { how, isAnsweredAtOnce } = disruption;
    if (how.startsWith("fail")) throw new Error("Injected failure");
    if (how === "bump") {
      app.later(async () => insist(app, "bumpEpoch", { restart: isAnsweredAtOnce }));
      return;
    }
    if (how === "cancel" || how === "restart") {
      trial.isEnded = true;
      app.later(async () => insistOnEnding(app, how, trial.workflowId!));
      return;
    }
    app.faults.crash(index);
    if (isAnsweredAtOnce) {
      app.later(async () => {
        await app.runUntilBuried();
        await insist(app, "startExecutors");
      });
    }
  };
  app.faults.onCall = async (name, args, index) => {
    await onCall(name, args, index);
    act(take(name, ["crashBefore", "failBefore", "bump", "cancel", "restart"]), index);
  };
  app.faults.onAnswer = async (name, args, index) => {
    await onAnswer(name, args, index);
    act(take(name, ["crashAfter", "failAfter"]), index);
  };
}
