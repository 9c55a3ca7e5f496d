/**
 * What a cold workflow is woken from: its arguments and its journal, in pages.
 *
 * Owns read-only views of one workflow. The signal is read in the same snapshot as the
 * first page, so that whatever settles later is counted as a signal not yet seen (P2).
 */
import { v, type Infer } from "convex/values";
import { JOURNAL_PAGE_BYTES, JOURNAL_PAGE_ROWS } from "../shared/constants.js";
import { vOutcome, vStepKind, vValue } from "../shared/model.js";
import { measureValue } from "../shared/sizes.js";
import { resolveSeed } from "../shared/inheritance.js";
import { normalizeId, type Doc, type QueryCtx } from "./functions.js";
import { journalOf, loadStep, readSteps } from "./journal.js";
import { loadReplay } from "./queues.js";

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
  outcome: v.optional(vOutcome),
  settledAt: v.optional(v.number()),
});
type JournalRow = Infer<typeof vJournalRow>;

/** A signal as it was when the answer was read. */
const vSignal = v.union(v.null(), v.object({ row: v.string(), signals: v.number() }));

export const vJournalArgs = v.object({
  workflow: v.string(),
  generation: v.number(),
  /** First step number of the page. */
  from: v.number(),
});
export const vJournalPage = v.union(
  v.null(),
  v.object({
    args: vValue,
    startedAt: v.number(),
    /** The generation that the handler's random numbers belong to. */
    seed: v.number(),
    signal: vSignal,
    rows: v.array(vJournalRow),
    /** Where the next page begins; null after the last. */
    next: v.union(v.number(), v.null()),
  }),
);

/** Reads a page of a workflow's journal; null if this generation is gone. */
export async function readJournal(
  ctx: QueryCtx,
  { workflow: id, generation, from }: Infer<typeof vJournalArgs>,
): Promise<Infer<typeof vJournalPage>> {
  const workflow = await loadGeneration(ctx, id, generation);
  if (!workflow) return null;
  const payload = from === 0 ? await ctx.db.get("payloads", workflow.args) : null;
  const rows: JournalRow[] = [];
  let bytes = 0;
  let next: number | null = null;
  for await (const step of readSteps(ctx, journalOf(workflow), from)) {
    if (rows.length >= JOURNAL_PAGE_ROWS || bytes >= JOURNAL_PAGE_BYTES) {
      next = step.number;
      break;
    }
    rows.push(toJournalRow(step));
    bytes += measureValue(step.outcome).bytes;
  }
  return {
    args: payload?.value ?? null,
    startedAt: workflow.startedAt ?? workflow.workflowCreatedAt,
    seed: resolveSeed(workflow),
    signal: await readSignal(ctx, workflow),
    rows,
    next,
  };
}

export const vSettledArgs = v.object({
  workflow: v.string(),
  generation: v.number(),
  /** The steps the holder waits for. */
  numbers: v.array(v.number()),
});
export const vSettledAnswer = v.object({
  signal: vSignal,
  settled: v.array(
    v.object({ number: v.number(), outcome: vOutcome, settledAt: v.number() }),
  ),
  /** Steps that this answer had no room for; ask again. */
  unread: v.array(v.number()),
});

/** Reads which of a hot workflow's outside waits have settled, with its signal. */
export async function readSettled(
  ctx: QueryCtx,
  { workflow: id, generation, numbers }: Infer<typeof vSettledArgs>,
): Promise<Infer<typeof vSettledAnswer>> {
  const workflow = await loadGeneration(ctx, id, generation);
  if (!workflow) return { signal: null, settled: [], unread: [] };
  const key = { workflow: workflow._id, generation };
  const settled: Infer<typeof vSettledAnswer>["settled"] = [];
  let bytes = 0;
  let read = 0;
  for (const number of numbers) {
    if (read >= JOURNAL_PAGE_ROWS || bytes >= JOURNAL_PAGE_BYTES) break;
    read += 1;
    const step = await loadStep(ctx, key, number);
    if (!step?.outcome || step.settledAt === undefined) continue;
    settled.push({ number, outcome: step.outcome, settledAt: step.settledAt });
    bytes += measureValue(step.outcome).bytes;
  }
  const signal = await readSignal(ctx, workflow);
  return { signal, settled, unread: numbers.slice(read) };
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

async function readSignal(
  ctx: QueryCtx,
  workflow: Doc<"workflows">,
): Promise<Infer<typeof vSignal>> {
  const row = await loadReplay(ctx, workflow._id);
  return row && { row: row._id, signals: row.signals };
}

function toJournalRow(step: Doc<"steps">): JournalRow {
  const { number, name, kind, digest, after, attempts, failures } = step;
  const { dueAt, refusals, outcome, settledAt } = step;
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
    ...(outcome === undefined ? {} : { outcome }),
    ...(settledAt === undefined ? {} : { settledAt }),
  };
}
