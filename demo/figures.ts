/**
 * The figures of a run, computed from the rows of the database once it is over.
 */
import type { FunctionReturnType } from "convex/server";
import { api } from "../example/convex/_generated/api.js";
import type { EmbeddedConvex, TransactionCount } from "./backend/backend.js";
import {
  computeDecileMedians,
  computePercentile,
  computeRankCorrelation,
} from "./statistics.js";
import {
  auditAll,
  isFinished,
  listSteps,
  listWorkflows,
  type Step,
  type Violation,
  type Workflow,
} from "./workflows.js";

export interface Figures {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly unfinished: number;
  readonly violations: readonly Violation[];
  /** Milliseconds from creation to completion, of completed workflows. */
  readonly completionMs: { p50: number; p90: number; p99: number; slowest: number };
  /** Median completion of each tenth of the completed ones, in the order of creation. */
  readonly decileMediansMs: readonly number[];
  /** Spearman's, between the orders of creation and completion. */
  readonly rankCorrelation: number;
  readonly stepsSettled: number;
  /** Attempts of the steps that call the API. */
  readonly calls: number;
  /** Attempts of these that were not the first. */
  readonly retries: number;
  /** Steps by what the last of their attempts met that was tried again. */
  readonly retriedByKind: ReadonlyMap<string, number>;
  /** Transactions that the executors made. */
  readonly executorTransactions: readonly TransactionCount[];
  /** Commits of anybody's that were refused and made again. */
  readonly conflicts: number;
  /** Of all that is stored. */
  readonly digest: string;
  /** The error of the first workflow that failed. */
  readonly firstError: string | null;
  readonly samples: readonly Review[];
}

export type Review = FunctionReturnType<typeof api.documents.latest>[number];

/** The action that executors run; what it calls is theirs. */
const EXECUTOR_ACTION = "shards:run";
const SAMPLES = 3;
/** Newest reviews among which samples are looked for: the very newest may be incomplete. */
const SAMPLES_READ = 100;

/** Reads everything and computes. */
export async function loadFigures(backend: EmbeddedConvex): Promise<Figures> {
  // The counters first: what follows reads, and reading is no work of the executors.
  const executorTransactions = backend.transactionsOf(EXECUTOR_ACTION);
  const conflicts = backend.conflicts();
  const workflows = await listWorkflows(backend);
  const steps: Step[] = [];
  for (const { id } of workflows) steps.push(...(await listSteps(backend, id)));
  const reviews = await backend.query(api.documents.latest, { limit: SAMPLES_READ });
  return {
    ...computeWorkflowFigures(workflows),
    ...computeStepFigures(steps),
    violations: await auditAll(backend),
    executorTransactions,
    conflicts,
    digest: backend.digest(),
    samples: reviews.filter(({ summary }) => summary !== undefined).slice(0, SAMPLES),
  };
}

/** Computes what workflows, in the order of their creation, tell. */
export function computeWorkflowFigures(
  workflows: readonly Workflow[],
): Pick<
  Figures,
  | "total"
  | "completed"
  | "failed"
  | "unfinished"
  | "completionMs"
  | "decileMediansMs"
  | "rankCorrelation"
  | "firstError"
> {
  const completed = workflows.filter(({ state }) => state === "completed");
  const failed = workflows.filter(
    ({ state }) => state === "failed" || state === "canceled",
  );
  const durationsMs = completed.map((one) => one.finishedAt! - one.createdAt);
  return {
    total: workflows.length,
    completed: completed.length,
    failed: failed.length,
    unfinished: workflows.filter((one) => !isFinished(one)).length,
    completionMs: {
      p50: computePercentile(durationsMs, 50),
      p90: computePercentile(durationsMs, 90),
      p99: computePercentile(durationsMs, 99),
      slowest: computePercentile(durationsMs, 100),
    },
    decileMediansMs: computeDecileMedians(durationsMs),
    rankCorrelation: computeRankCorrelation(
      completed.map((_, index) => index),
      completed.map(({ finishedAt }) => finishedAt!),
    ),
    firstError: failed[0]?.error?.message ?? null,
  };
}

/** Computes what steps tell. */
export function computeStepFigures(
  steps: readonly Step[],
): Pick<Figures, "stepsSettled" | "calls" | "retries" | "retriedByKind"> {
  const calls = steps.filter(({ kind }) => kind === "action");
  const retriedByKind = new Map<string, number>();
  for (const { lastError } of calls) {
    if (!lastError) continue;
    const kind = resolveFailureKind(lastError);
    retriedByKind.set(kind, (retriedByKind.get(kind) ?? 0) + 1);
  }
  return {
    stepsSettled: steps.filter(({ outcome }) => outcome !== undefined).length,
    calls: calls.reduce((sum, { attempts }) => sum + attempts, 0),
    retries: calls.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0),
    retriedByKind,
  };
}

/** Names what a call met: the HTTP status that the SDK's message begins with, or a drop. */
export function resolveFailureKind(error: { name: string; message: string }): string {
  const status = /^(\d{3}) /.exec(error.message)?.[1];
  if (status !== undefined) return status;
  return /connection/i.test(error.message) ? "dropped" : error.name;
}
