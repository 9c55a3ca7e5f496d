/**
 * Composite states of a workflow: what all its rows together say.
 *
 * Owns the names, how each state is reached through the engine, and how a state is
 * recognized. A combination of rows that has no name is a defect, and throws.
 */
import type { WorkflowId } from "../../src/client/index.js";
import type { TestApp } from "./app.js";
import { WorkApp, type Part } from "./work.js";

/** Every place where a workflow can stand. */
export type StateName =
  | "W1_QUEUED"
  | "W2_HOT_RUNNING"
  | "W3_HOT_SLEEPING"
  | "W4_HOT_BACKOFF"
  | "W5_COLD_WAITING_CHILD"
  | "W6_SIGNALLED"
  | "W7_PARKED"
  | "W8_COMPLETED"
  | "W9_FAILED"
  | "W10_CANCELED"
  | "W11_HOT_SIGNALLED"
  | "W12_HELD_BY_DRAINING"
  | "W13_HELD_BY_DEAD"
  | "W14_COLD_SLEEPING"
  | "W15_ENDING";

/** A workflow in a state, and the child it waits for, if it does. */
export type Situation = { app: WorkApp; id: WorkflowId; child?: WorkflowId };

/** The key under which every workflow of a situation is started. */
const KEY = "the key";

const ONE_SEAT = { shards: 1, seats: 1 };
const LONG: Part = { kind: "work", key: "long", ms: 60_000 };
/** The parts of the workflow in each state, so that it can be started again. */
const PARTS: Record<StateName, Part[]> = {
  W1_QUEUED: [LONG],
  W2_HOT_RUNNING: [LONG],
  W3_HOT_SLEEPING: [{ kind: "sleep", ms: 60_000 }],
  W4_HOT_BACKOFF: [{ kind: "work", key: "flaky", failures: 1 }],
  W5_COLD_WAITING_CHILD: [{ kind: "child", parts: [LONG] }],
  W6_SIGNALLED: [{ kind: "child", parts: [LONG] }],
  W7_PARKED: [LONG],
  W8_COMPLETED: [],
  W9_FAILED: [{ kind: "child", parts: [{ kind: "sleep", ms: -1 }] }],
  W10_CANCELED: [LONG],
  W11_HOT_SIGNALLED: [
    {
      kind: "all",
      parts: [
        { kind: "child", parts: [{ kind: "sleep", ms: 60_000 }] },
        { kind: "work", key: "beside", ms: 60_000 },
      ],
    },
  ],
  W12_HELD_BY_DRAINING: [LONG],
  W13_HELD_BY_DEAD: [LONG],
  W14_COLD_SLEEPING: [{ kind: "sleep", ms: 3_600_000 }],
  W15_ENDING: [LONG],
};

/** Starts the workflow of a state, or finds it by its key. */
export async function startIn(app: WorkApp, state: StateName): Promise<WorkflowId> {
  return await app.begin(PARTS[state], { key: KEY });
}

/** How a workflow gets from its start into each state. */
const REACH: Record<StateName, (situation: Situation) => Promise<void>> = {
  W1_QUEUED: async () => undefined,
  W2_HOT_RUNNING: async ({ app }) => await app.runUntilWorking("long"),
  W3_HOT_SLEEPING: async (one) => await runInto(one, "W3_HOT_SLEEPING"),
  W4_HOT_BACKOFF: async (one) => await runInto(one, "W4_HOT_BACKOFF"),
  W5_COLD_WAITING_CHILD: async (one) => await runInto(one, "W5_COLD_WAITING_CHILD"),
  W6_SIGNALLED: async (one) => {
    const { app, id } = one;
    await runInto(one, "W5_COLD_WAITING_CHILD");
    await app.operate("bumpEpoch");
    const child = (await childOf(app, id))!;
    await end(app, child);
  },
  W7_PARKED: async (one) => {
    const { main: _main, ...others } = one.app.exports;
    const { exports } = one.app;
    one.app.exports = others;
    await runInto(one, "W7_PARKED");
    await one.app.run();
    one.app.exports = exports;
  },
  W8_COMPLETED: async ({ app }) => await app.run(),
  W9_FAILED: async ({ app }) => await app.run(),
  W10_CANCELED: async ({ app, id }) => {
    await app.runUntil(() => app.faults.incarnations.length > 0);
    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id));
  },
  W11_HOT_SIGNALLED: async ({ app, id }) => {
    await app.runUntilWorking("beside");
    const child = (await childOf(app, id))!;
    await app.runUntil(async () => (await app.status(child)).state === "running");
    await end(app, child);
  },
  W12_HELD_BY_DRAINING: async ({ app }) => {
    await app.runUntilWorking("long");
    await app.operate("bumpEpoch");
  },
  W13_HELD_BY_DEAD: async ({ app }) => {
    await app.runUntilWorking("long");
    await app.crash();
  },
  W14_COLD_SLEEPING: async (one) => await runInto(one, "W14_COLD_SLEEPING"),
  W15_ENDING: async ({ app, id }) => {
    await app.runUntilWorking("long");
    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id));
  },
};

/** Ends a workflow at once. */
export async function end(app: TestApp, id: WorkflowId): Promise<void> {
  await app.inMutation(async (ctx) => app.executor.cancel(ctx, id, { force: true }));
}

export const STATES = Object.keys(REACH) as StateName[];

/** Brings a workflow into a state. */
export async function reach(state: StateName): Promise<Situation> {
  const app = new WorkApp(ONE_SEAT);
  if (state === "W1_QUEUED") await stopExecutors(app);
  const situation: Situation = { app, id: await startIn(app, state) };
  await REACH[state](situation);
  const child = await childOf(app, situation.id);
  return child ? { ...situation, child } : situation;
}

/** Reads which state a workflow is in. */
export async function observe({ app, id }: Situation): Promise<StateName> {
  // Rows and no query: nothing happens between reading one and the next.
  type Workflow = { _id: string; state: string; ending?: object };
  const workflows = await app.rows<Workflow>("workflows");
  const { state, ending } = workflows.find(({ _id }) => _id === id)!;
  const [task, replay, claim] = await Promise.all(
    ["taskQueue", "replayQueue", "claims"].map(
      async (table) => await rowOf(app, table, id),
    ),
  );
  const stands = [task && "task", replay && "replay", claim && "claim"].filter(Boolean);
  const place = stands.join("+") || "nowhere";
  switch (`${state} ${place}`) {
    case "pending task":
      return "W1_QUEUED";
    case "running claim":
      return await observeHeld(app, id, claim!.executor!);
    case "running claim+replay":
    case "running replay+claim":
      return "W11_HOT_SIGNALLED";
    case "running replay":
      return ending ? "W15_ENDING" : "W6_SIGNALLED";
    case "running nowhere":
      return (await rowOf(app, "timers", id))
        ? "W14_COLD_SLEEPING"
        : "W5_COLD_WAITING_CHILD";
    case "parked nowhere":
      return "W7_PARKED";
    case "completed nowhere":
      return "W8_COMPLETED";
    case "failed nowhere":
      return "W9_FAILED";
    case "canceled nowhere":
      return "W10_CANCELED";
    default:
      throw new Error(`A ${state} workflow stands in: ${place}.`);
  }
}

/** A held workflow is told apart by its holder, then by its open step. */
async function observeHeld(
  app: TestApp,
  id: WorkflowId,
  executor: string,
): Promise<StateName> {
  const isCut = app.faults.incarnations.some(
    (one) => one.self.executor === executor && one.isCut,
  );
  if (isCut) return "W13_HELD_BY_DEAD";
  const [seat] = await app.rows<{ draining: { executor: string }[] }>("seats");
  if (seat!.draining.some((one) => one.executor === executor))
    return "W12_HELD_BY_DRAINING";
  const steps = await app.rows<{
    workflow: string;
    kind: string;
    failures: number;
    settledAt?: number;
  }>("steps");
  const open = steps.filter((one) => one.workflow === id && one.settledAt === undefined);
  if (open.some(({ kind }) => kind === "sleep")) return "W3_HOT_SLEEPING";
  if (open.some(({ failures }) => failures > 0)) return "W4_HOT_BACKOFF";
  return "W2_HOT_RUNNING";
}

/** Whatever is started now waits in its queue. */
async function stopExecutors(app: WorkApp): Promise<void> {
  await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
  await app.run();
  await app.operate("bumpEpoch");
}

type Row = { workflow: string; executor?: string };

async function rowOf(app: TestApp, table: string, id: WorkflowId) {
  return (await app.rows<Row>(table)).find(({ workflow }) => workflow === id);
}

async function childOf(app: TestApp, id: WorkflowId): Promise<WorkflowId | undefined> {
  type Workflow = { _id: string; parent?: { workflow: string } };
  const workflows = await app.rows<Workflow>("workflows");
  return workflows.find(({ parent }) => parent?.workflow === id)?._id as
    WorkflowId | undefined;
}

async function runInto(situation: Situation, state: StateName): Promise<void> {
  await situation.app.runUntil(async () => (await observe(situation)) === state);
}
