/**
 * What a cold workflow is woken from: its arguments and its journal, in pages.
 *
 * Owns read-only views of one workflow. Signals are read in the same snapshot as the first
 * page: what they say is in that page or a later one, and whatever settles after it has a
 * signal of its own, which is not among those seen (P2).
 */
import { v, type Infer } from "convex/values";
import {
  JOURNAL_PAGE_BYTES,
  JOURNAL_PAGE_ROWS,
  OPENING_MAX,
  SIGNALS_PAGE,
} from "../shared/constants.js";
import { describeEnd, isOverdue } from "../shared/ends.js";
import {
  isFinished,
  vOutcome,
  vSerializedError,
  vStepKind,
  vValue,
} from "../shared/model.js";
import { measureValue } from "../shared/sizes.js";
import { resolveSeed } from "../shared/inheritance.js";
import { normalizeId, type Doc, type QueryCtx } from "./functions.js";
import { journalOf, loadStep, readSteps } from "./journal.js";
import { loadSignals } from "./queues.js";

/** A step as a replay needs it. */
export const vJournalRow = v.object({
  number: v.number(),
  name: v.string(),
  kind: vStepKind,
  digest: v.string(),
  after: v.array(v.number()),
  attempts: v.number(),
  failures: v.number(),
  dueAt: v.optional(v.number()),
  refusals: v.optional(v.number()),
  isFar: v.optional(v.boolean()),
  outcome: v.optional(vOutcome),
  settledAt: v.optional(v.number()),
});
type JournalRow = Infer<typeof vJournalRow>;

/** See `EndNotice`. */
const vEndNotice = v.object({
  at: v.number(),
  number: v.number(),
  error: vSerializedError,
});

const vJournalPlace = v.object({
  workflow: v.string(),
  generation: v.number(),
  /** First step number of the page. */
  from: v.number(),
});
type JournalPlace = Infer<typeof vJournalPlace>;
export const vJournalsArgs = v.object({ of: v.array(vJournalPlace) });
const vJournalPage = v.union(
  v.null(),
  v.object({
    args: vValue,
    startedAt: v.number(),
    /** The generation that the handler's random numbers belong to. */
    seed: v.number(),
    /** Signals seen, of the first page alone; more may remain. */
    signals: v.array(v.string()),
    /** How the workflow is made to end, as its handler is told; null while nobody does. */
    ending: v.union(v.null(), vEndNotice),
    rows: v.array(vJournalRow),
    /** Where the next page begins; null after the last. */
    next: v.union(v.number(), v.null()),
  }),
);

/** A page of each of the first workflows, as far as one answer carries them: one at least. */
export const vJournalsAnswer = v.array(vJournalPage);

/** What is left of an answer. */
type Budget = { rows: number; bytes: number };

/** Reads a page of some workflows' journals, one after the other, until the answer is full. */
export async function readJournals(
  ctx: QueryCtx,
  { of }: Infer<typeof vJournalsArgs>,
): Promise<Infer<typeof vJournalsAnswer>> {
  const budget = { rows: JOURNAL_PAGE_ROWS, bytes: JOURNAL_PAGE_BYTES };
  const pages: Infer<typeof vJournalsAnswer> = [];
  for (const place of of.slice(0, OPENING_MAX)) {
    pages.push(await readJournal(ctx, place, budget));
    if (budget.rows <= 0 || budget.bytes <= 0) break;
  }
  return pages;
}

/**
 * Reads a page of a workflow's journal; null if this generation is gone or has ended, if its
 * open steps are being settled right now (E1), or if it is overdue: then they will be.
 */
async function readJournal(
  ctx: QueryCtx,
  { workflow: id, generation, from }: JournalPlace,
  budget: Budget,
): Promise<Infer<typeof vJournalPage>> {
  const workflow = await loadGeneration(ctx, id, generation);
  if (!workflow || isFinished(workflow.state)) return null;
  if (workflow.ending?.isSettling || isOverdue(workflow, Date.now())) return null;
  const journal = journalOf(workflow);
  const signals = from === 0 ? await loadSignals(ctx, journal, SIGNALS_PAGE) : [];
  const payload = from === 0 ? await ctx.db.get("payloads", workflow.args) : null;
  if (payload) budget.bytes -= measureValue(payload.value).bytes;
  const rows: JournalRow[] = [];
  let next: number | null = null;
  for await (const step of readSteps(ctx, journal, from)) {
    // A page of none would lead nowhere.
    if (rows.length > 0 && (budget.rows <= 0 || budget.bytes <= 0)) {
      next = step.number;
      break;
    }
    rows.push(toJournalRow(step));
    budget.rows -= 1;
    budget.bytes -= measureValue(step.outcome).bytes;
  }
  return {
    args: payload?.value ?? null,
    startedAt: workflow.startedAt ?? workflow.workflowCreatedAt,
    seed: resolveSeed(workflow),
    signals: signals.map(({ _id }) => _id),
    ending: describeEnding(workflow),
    rows,
    next,
  };
}

function describeEnding({ ending }: Doc<"workflows">): Infer<typeof vEndNotice> | null {
  if (!ending) return null;
  const { at, number, outcome } = ending;
  return { at, number, error: describeEnd(outcome) };
}

export const vSettledArgs = v.object({ workflow: v.string(), generation: v.number() });
export const vSettledAnswer = v.object({
  /** Signals whose news this answer carries; there may be more. */
  signals: v.array(v.string()),
  settled: v.array(
    v.object({ number: v.number(), outcome: vOutcome, settledAt: v.number() }),
  ),
  /** Steps whose far wait is over: their next attempt may begin. */
  resumed: v.array(v.number()),
});

/** Reads what a hot workflow has been signalled: the steps that its signals name. */
export async function readSettled(
  ctx: QueryCtx,
  { workflow: id, generation }: Infer<typeof vSettledArgs>,
): Promise<Infer<typeof vSettledAnswer>> {
  const answer: Infer<typeof vSettledAnswer> = { signals: [], settled: [], resumed: [] };
  const workflow = await loadGeneration(ctx, id, generation);
  if (!workflow) return answer;
  const journal = journalOf(workflow);
  let bytes = 0;
  for (const row of await loadSignals(ctx, journal, SIGNALS_PAGE)) {
    if (bytes >= JOURNAL_PAGE_BYTES) break;
    answer.signals.push(row._id);
    if (row.number === undefined) continue;
    const step = await loadStep(ctx, journal, row.number);
    if (step?.outcome && step.settledAt !== undefined) {
      const { number, outcome, settledAt } = step;
      answer.settled.push({ number, outcome, settledAt });
      bytes += measureValue(outcome).bytes;
    } else if (step && !step.isFar) {
      answer.resumed.push(step.number);
    }
  }
  return answer;
}

async function loadGeneration(
  ctx: QueryCtx,
  id: string,
  generation: number,
): Promise<Doc<"workflows"> | null> {
  const workflowId = normalizeId(ctx, "workflows", id);
  const workflow = workflowId && (await ctx.db.get("workflows", workflowId));
  return workflow?.generation === generation ? workflow : null;
}

function toJournalRow(step: Doc<"steps">): JournalRow {
  const { number, name, kind, digest, after, attempts, failures } = step;
  const { dueAt, isFar, refusals, outcome, settledAt } = step;
  return {
    number,
    name,
    kind,
    digest,
    after,
    attempts,
    failures,
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(refusals === undefined ? {} : { refusals }),
    ...(isFar === undefined ? {} : { isFar }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(settledAt === undefined ? {} : { settledAt }),
  };
}
