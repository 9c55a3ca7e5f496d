/**
 * The app that the benchmark runs: one table, with functions as `convex/server` makes them.
 *
 * Owns the document that all figures are about. The functions run unchanged on the embedded
 * Convex and on convex-test.
 */
import { Buffer } from "node:buffer";
import {
  actionGeneric,
  defineSchema,
  defineTable,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
  type GenericDataModel,
  type GenericMutationCtx,
  type GenericQueryCtx,
} from "convex/server";
import { v, type GenericId } from "convex/values";
import type { Random } from "../../sim/clock/random.js";

/** Rows of a range read. */
export const RANGE_ROWS = 50;
/** What the tables say of the document. */
export const NOTE_DESCRIPTION =
  "{ owner: 12 characters, rank: number, text: 100 characters }, one index beside the two of the system";

const OWNERS = 1_000;
const OWNER_DIGITS = 6;
const TEXT_BYTES = 50;
/** Ranks that the small mutation draws from: two of them seldom meet. */
const BUMP_RANKS = 1_000_000;

export type Note = { owner: string; rank: number; text: string };

export const schema = defineSchema({
  notes: defineTable({ owner: v.string(), rank: v.number(), text: v.string() }).index(
    "by_rank",
    ["rank"],
  ),
});

/** A document of that rank; each has a text of its own, so that nothing is shared. */
export function createNote(random: Random, rank: number): Note {
  const owner = `owner-${String(random.integer(1, OWNERS)).padStart(OWNER_DIGITS, "0")}`;
  const bytes = random.bytes(new Uint8Array(TEXT_BYTES));
  return { owner, rank, text: Buffer.from(bytes).toString("hex") };
}

/** What the actions below do over and over. */
export type Workload = "bump" | "page";

export const references = {
  add: makeFunctionReference<"mutation", Note, GenericId<"notes">>("notes:add"),
  fill: makeFunctionReference<"mutation", { notes: Note[] }, GenericId<"notes">[]>(
    "notes:fill",
  ),
  bump: makeFunctionReference<"mutation", { rank: number }, null>("notes:bump"),
  read: makeFunctionReference<"query", { id: string }, Note | null>("notes:read"),
  page: makeFunctionReference<"query", { from: number }, Note[]>("notes:page"),
  work: makeFunctionReference<
    "action",
    { workload: Workload; times: number; documents: number }
  >("notes:work"),
};

type QueryCtx = GenericQueryCtx<GenericDataModel>;
type MutationCtx = GenericMutationCtx<GenericDataModel>;

const add = mutationGeneric({
  args: { owner: v.string(), rank: v.number(), text: v.string() },
  handler: async (ctx: MutationCtx, note) => await ctx.db.insert("notes", note),
});

const fill = mutationGeneric({
  args: { notes: v.array(v.any()) },
  handler: async (ctx: MutationCtx, { notes }) => {
    const ids: string[] = [];
    for (const note of notes as Note[]) ids.push(await ctx.db.insert("notes", note));
    return ids;
  },
});

/** The small transaction: reads one document by an index and writes one. */
const bump = mutationGeneric({
  args: { rank: v.number() },
  handler: async (ctx: MutationCtx, { rank }) => {
    const note = await ctx.db
      .query("notes")
      .withIndex("by_rank", (q) => q.eq("rank", rank))
      .first();
    if (note === null) {
      await ctx.db.insert("notes", { owner: "nobody", rank, text: "" });
      return null;
    }
    const { _id: id, owner } = note as Note & { _id: GenericId<"notes"> };
    await ctx.db.patch("notes", id, { owner: `${owner}.` });
    return null;
  },
});

const read = queryGeneric({
  args: { id: v.id("notes") },
  handler: async (ctx: QueryCtx, { id }) => await ctx.db.get("notes", id),
});

const page = queryGeneric({
  args: { from: v.number() },
  handler: async (ctx: QueryCtx, { from }) =>
    await ctx.db
      .query("notes")
      .withIndex("by_rank", (q) => q.gte("rank", from))
      .take(RANGE_ROWS),
});

const work = actionGeneric({
  args: { workload: v.string(), times: v.number(), documents: v.number() },
  handler: async (ctx, { workload, times, documents }) => {
    for (let time = 0; time < times; time += 1) {
      if (workload === "bump") {
        const rank = Math.floor(Math.random() * BUMP_RANKS);
        await ctx.runMutation(references.bump, { rank });
      } else {
        const from = Math.floor(Math.random() * (documents - RANGE_ROWS));
        await ctx.runQuery(references.page, { from });
      }
    }
    return null;
  },
});

/** By file, with the directory that convex-test looks for. */
export const modules = {
  "./convex/_generated/api.ts": {},
  "./convex/notes.ts": { add, fill, bump, read, page, work },
};
