/**
 * Bulk operations of operators: one mechanism for every verb.
 *
 * Owns the pages. A query looks through a bounded part of what the verb ranges over, at the
 * snapshot of the page's transaction but outside of its reads; the transaction confirms each
 * row by its id and settles it (P3). So a page conflicts with those rows alone, however
 * busy the tables are. It schedules itself for the rest, and a cursor says where it
 * stopped: whoever has it can go on by hand. What came after the operator's call is left
 * alone. What a verb does is in `bulkVerbs.ts`.
 */
import { v, type Infer, type ObjectType } from "convex/values";
import {
  BULK_PAGE_BYTES,
  BULK_PHASES_MAX,
  BULK_SCAN_ROWS,
  DRY_RUN_COUNT_MAX,
  OPERATOR_DOCUMENTS_MAX,
  OPERATOR_LIMIT_MAX,
  OPERATOR_PAGE,
  SHARDS_MAX,
} from "../shared/constants.js";
import { executorError } from "../shared/errors.js";
import { checkWhole } from "../shared/ranges.js";
import { internal } from "./_generated/api.js";
import { internalMutation, internalQuery } from "./_generated/server.js";
import {
  vBulkFilter,
  vBulkVerb,
  VERBS,
  type BulkRow,
  type Page,
  type Phase,
} from "./bulkVerbs.js";
import type { MutationCtx, QueryCtx } from "./functions.js";

/** What every bulk operation takes, whatever it ranges over. */
export const vBulkOptions = {
  /** Workflows to settle at most; all by default. */
  limit: v.optional(v.number()),
  /** Count what would be settled, and change nothing. */
  dryRun: v.optional(v.boolean()),
  /** Go on in the background; true by default. Else go on with `continueBulk`. */
  background: v.optional(v.boolean()),
};
type BulkOptions = ObjectType<typeof vBulkOptions>;

/**
 * `settled` by this call; `continues` if there may be more: in the background, from
 * `cursor`. With `dryRun`, `settled` is what would be, as far as this call has counted.
 */
export const vBulkAnswer = v.object({
  settled: v.number(),
  continues: v.boolean(),
  cursor: v.union(v.string(), v.null()),
  dryRun: v.boolean(),
});
type BulkAnswer = Infer<typeof vBulkAnswer>;

/** Where a page begins: the verb's phase, and where in its range. */
const vPlace = v.object({ phase: v.number(), at: v.union(v.string(), v.null()) });
type Place = Infer<typeof vPlace>;

/** A bulk operation under way; what a cursor carries. */
const vBulk = v.object({
  verb: vBulkVerb,
  filter: vBulkFilter,
  place: vPlace,
  /** What is younger was not meant. */
  before: v.number(),
  left: v.number(),
  dryRun: v.boolean(),
  background: v.boolean(),
});
type Bulk = Infer<typeof vBulk>;

/** Begins a bulk operation: its first page now, the rest in the background. */
export async function startBulk(
  ctx: MutationCtx,
  verb: Bulk["verb"],
  filter: Bulk["filter"],
  { limit = OPERATOR_LIMIT_MAX, dryRun = false, background = true }: BulkOptions,
): Promise<BulkAnswer> {
  checkWhole("limit", limit, 1, OPERATOR_LIMIT_MAX);
  if (filter.shard !== undefined) checkWhole("shard", filter.shard, 0, SHARDS_MAX);
  return await runPage(ctx, {
    verb,
    filter,
    place: { phase: 0, at: null },
    // Creation times are fractions above a transaction's time.
    before: Date.now() + 1,
    left: limit,
    dryRun,
    background,
  });
}

/** Goes on from a cursor that a page has answered. */
export async function continueBulk(
  ctx: MutationCtx,
  cursor: string,
): Promise<BulkAnswer> {
  return await runPage(ctx, parseCursor(cursor));
}

/** The next page of a bulk operation. */
export const next = internalMutation({
  args: { bulk: vBulk },
  returns: v.null(),
  handler: async (ctx, { bulk }) => {
    await runPage(ctx, bulk);
    return null;
  },
});

async function runPage(ctx: MutationCtx, bulk: Bulk): Promise<BulkAnswer> {
  const found = await ctx.runQuery(
    internal.bulk.look,
    { bulk },
    { useStaleSnapshot: true },
  );
  const { settled, stop } = bulk.dryRun
    ? { settled: found.rows.length, stop: null }
    : await settleRows(ctx, bulk, found.rows);
  const left = bulk.left - settled;
  const place = left > 0 ? (stop ?? found.next) : null;
  const answer = { settled, dryRun: bulk.dryRun };
  if (!place) return { ...answer, continues: false, cursor: null };
  const rest = { ...bulk, place, left };
  if (bulk.background && !bulk.dryRun) {
    await ctx.scheduler.runAfter(0, internal.bulk.next, { bulk: rest });
  }
  return { ...answer, continues: true, cursor: JSON.stringify(rest) };
}

const vFound = v.object({
  /** Rows that the verb means, each with the place of the page that it was found on. */
  rows: v.array(v.object({ id: v.string(), place: vPlace })),
  next: v.union(vPlace, v.null()),
});
type Found = Infer<typeof vFound>;

/** Looks for the rows of the next page. */
export const look = internalQuery({
  args: { bulk: vBulk },
  returns: vFound,
  handler: async (ctx, { bulk }) => await findRows(ctx, bulk),
});

/** Walks through the verb's phases until a page is full or enough was looked at. */
async function findRows(ctx: QueryCtx, bulk: Bulk): Promise<Found> {
  const { verb, filter, before, dryRun } = bulk;
  const phases = VERBS[verb].phases(filter, dryRun);
  const wanted = Math.min(bulk.left, dryRun ? DRY_RUN_COUNT_MAX : OPERATOR_PAGE);
  const scannedMax = dryRun ? DRY_RUN_COUNT_MAX : BULK_SCAN_ROWS;
  const rows: Found["rows"] = [];
  const seen = new Set<string>();
  let scanned = 0;
  let place = bulk.place;
  const lastPhase = place.phase + BULK_PHASES_MAX;
  for (let phase = phases[place.phase]; phase; phase = phases[place.phase]) {
    if (scanned >= scannedMax || place.phase >= lastPhase) return { rows, next: place };
    const { page, isDone, continueCursor } = await readPage(ctx, phase, place);
    scanned += Math.max(1, page.length);
    const fresh = page.filter(
      (row) => isMeant(bulk, row) && !seen.has(thingOf(row)) && seen.add(thingOf(row)),
    );
    const taken = fresh.slice(0, wanted - rows.length);
    rows.push(...taken.map(({ _id }) => ({ id: _id, place })));
    // Not from the page's beginning: what cannot be settled still stands there.
    if (taken.length < fresh.length) {
      const used = page.indexOf(taken.at(-1)!) + 1;
      const { continueCursor: at } = await readPage(ctx, phase, place, used);
      return { rows, next: { phase: place.phase, at } };
    }
    const last = page.at(-1);
    const isOver = isDone || (phase.isByCreation && last && last._creationTime >= before);
    place = isOver
      ? { phase: place.phase + 1, at: null }
      : { phase: place.phase, at: continueCursor };
    if (rows.length >= wanted) return { rows, next: phases[place.phase] ? place : null };
  }
  return { rows, next: null };
}

async function readPage(
  ctx: QueryCtx,
  phase: Phase,
  { at }: Place,
  numItems: number = OPERATOR_PAGE,
): Promise<Page> {
  const options = { cursor: at, numItems, maximumBytesRead: BULK_PAGE_BYTES };
  return await phase.open(ctx).paginate(options);
}

/** Settles rows as far as one transaction may go; `stop` is where the rest begins. */
async function settleRows(
  ctx: MutationCtx,
  bulk: Bulk,
  rows: Found["rows"],
): Promise<{ settled: number; stop: Place | null }> {
  const { verb, filter } = bulk;
  const phases = VERBS[verb].phases(filter, false);
  let documents = 0;
  let settled = 0;
  for (const { id, place } of rows) {
    if (documents >= OPERATOR_DOCUMENTS_MAX) return { settled, stop: place };
    const table = phases[place.phase]!.table;
    const rowId = ctx.db.normalizeId(table, id);
    const row = rowId && (await ctx.db.get(table, rowId));
    if (!row || !isMeant(bulk, row)) continue;
    const written = await VERBS[verb].settle(ctx, row, filter);
    documents += written;
    if (written > 0) settled += 1;
  }
  return { settled, stop: null };
}

function isMeant({ verb, filter, before }: Bulk, row: BulkRow): boolean {
  return (
    row._creationTime < before &&
    (filter.shard === undefined || filter.shard === row.shard) &&
    (filter.definition === undefined || filter.definition === row.definition) &&
    VERBS[verb].isMeant(row, filter, before)
  );
}

/** A workflow may have many rows in `replayQueue`, and is settled with the first. */
function thingOf(row: BulkRow): string {
  return "workflow" in row ? `${row.workflow}/${row.generation}` : row._id;
}

function parseCursor(cursor: string): Bulk {
  try {
    const bulk = JSON.parse(cursor) as Bulk;
    if (Object.hasOwn(VERBS, bulk.verb) && Number.isInteger(bulk.place.phase))
      return bulk;
  } catch {
    // Not one of ours; the error below says so.
  }
  throw executorError(
    "INVALID_OPTIONS",
    "cursor is not one that a bulk operation has answered. Pass it on as it was, or call the operation anew.",
    { option: "cursor" },
  );
}
