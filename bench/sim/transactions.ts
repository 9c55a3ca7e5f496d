/**
 * Transactions through real `convex/server` functions on the embedded Convex: actions call
 * them, as executors do, on a virtual clock.
 */
import type { GenericId } from "convex/values";
import { createConvex, type Convex } from "../../sim/index.js";
import { Random } from "../../sim/clock/random.js";
import { computeMedian } from "../../demo/statistics.js";
import { measureDuration, type Duration } from "./measure.js";
import {
  createNote,
  modules,
  type Note,
  references,
  schema,
  type Workload,
} from "./notes.js";

export type LatencyName = "none" | "model";

/** Durations are medians if there were several runs. */
export interface TransactionFigures extends Duration {
  readonly workload: Workload;
  readonly latency: LatencyName;
  /** Commits and query snapshots that were asked for; retries come on top. */
  readonly transactions: number;
  readonly retries: number;
  readonly syscalls: number;
  /** Time that passed in the deployment. */
  readonly virtualSeconds: number;
  readonly runs: number;
}

/** Actions that call at the same time. */
export const ACTIONS = 50;
/** Documents that are there before a run. */
const DOCUMENTS = 1_000;
const MS_PER_S = 1_000;

export interface TransactionPlan {
  readonly workload: Workload;
  readonly latency: LatencyName;
  readonly transactions: number;
  readonly runs: number;
}

/** Runs a plan, each run on a deployment of its own; all runs do exactly the same. */
export async function measureTransactions(
  plan: TransactionPlan,
  seed: number,
): Promise<TransactionFigures> {
  const durations: Duration[] = [];
  let last: Omit<TransactionFigures, keyof TransactionPlan | keyof Duration> | null =
    null;
  for (let run = 0; run < plan.runs; run += 1) {
    const convex = await openNotes(plan.latency, seed);
    await fillNotes(convex, DOCUMENTS, seed);
    const before = convex.metrics.snapshot();
    const startedAt = convex.now();
    durations.push(await measureDuration(async () => await work(convex, plan)));
    const { retries, syscalls } = convex.metrics.snapshot(before).total;
    last = { retries, syscalls, virtualSeconds: (convex.now() - startedAt) / MS_PER_S };
  }
  if (last === null) throw new RangeError(`${plan.runs} runs`);
  return {
    ...plan,
    ...last,
    seconds: computeMedian(durations.map((one) => one.seconds)),
    processorSeconds: computeMedian(durations.map((one) => one.processorSeconds)),
  };
}

/** A deployment of the notes, of a class that has room for all actions. */
export async function openNotes(latency: LatencyName, seed: number): Promise<Convex> {
  return await createConvex({
    app: { schema, modules },
    class: "d1024",
    latency: latency === "none" ? "none" : {},
    seed,
  });
}

const FILL_ROWS_PER_CALL = 1_000;

/** What filling needs of a backend. */
export interface NotesBackend {
  mutation(
    reference: typeof references.fill,
    args: { notes: Note[] },
  ): Promise<GenericId<"notes">[]>;
}

/** Inserts notes of ranks 0, 1, 2, ...; returns their ids. */
export async function fillNotes(
  backend: NotesBackend,
  documents: number,
  seed: number,
): Promise<string[]> {
  const random = new Random(seed).fork("notes");
  const ids: string[] = [];
  while (ids.length < documents) {
    const count = Math.min(FILL_ROWS_PER_CALL, documents - ids.length);
    const notes = Array.from({ length: count }, (_, index) =>
      createNote(random, ids.length + index),
    );
    ids.push(...(await backend.mutation(references.fill, { notes })));
  }
  return ids;
}

async function work(convex: Convex, { workload, transactions }: TransactionPlan) {
  const times = transactions / ACTIONS;
  if (!Number.isInteger(times)) throw new RangeError(`${transactions} by ${ACTIONS}`);
  const args = { workload, times, documents: DOCUMENTS };
  await Promise.all(
    Array.from({ length: ACTIONS }, () => convex.action(references.work, args)),
  );
}
