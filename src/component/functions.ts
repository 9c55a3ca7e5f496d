/**
 * The context types of the component's plain functions.
 *
 * Owns: nothing but names, so that logic files need not know the generated code.
 */
import type { Doc, Id, TableNames } from "./_generated/dataModel.js";
import type { MutationCtx as BaseMutationCtx, QueryCtx } from "./_generated/server.js";
import { executorError } from "../shared/errors.js";

export type { Doc, Id, QueryCtx };

/** What a function that writes is given; while wakes are gathered (`wakeOnce`), with those. */
export type MutationCtx = BaseMutationCtx & {
  /** Shards to wake at the end, and from when on there is work. */
  wakes?: Map<number, number>;
};

/** Turns a string from outside into an id of one of our tables, or null. */
export function normalizeId<Table extends TableNames>(
  ctx: QueryCtx,
  table: Table,
  id: string,
): Id<Table> | null {
  return ctx.db.normalizeId(table, id);
}

/** Loads a row by an id from outside; null if it is none of the table's, or the row is gone. */
export async function loadById<Table extends TableNames>(
  ctx: QueryCtx,
  table: Table,
  id: string | undefined,
): Promise<Doc<Table> | null> {
  const normalized = id === undefined ? null : ctx.db.normalizeId(table, id);
  return normalized && (await ctx.db.get(table, normalized));
}

/** Loads a workflow by the id a caller gave; throws `UNKNOWN_WORKFLOW`. */
export async function loadWorkflow(ctx: QueryCtx, id: string): Promise<Doc<"workflows">> {
  const normalized = ctx.db.normalizeId("workflows", id);
  const workflow = normalized && (await ctx.db.get("workflows", normalized));
  if (!workflow) {
    throw executorError(
      "UNKNOWN_WORKFLOW",
      `No workflow has the id "${id}". Pass an id that start() returned; cleaned-up workflows are gone.`,
      { workflow: id },
    );
  }
  return workflow;
}
