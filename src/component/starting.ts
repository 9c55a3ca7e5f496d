/**
 * Starting workflows (P13).
 *
 * Owns the insertion of workflows. Inserts are blind, so starts never conflict with each
 * other; only a `key` reads, and that a single point. Arguments were validated before.
 */
import {
  NAME_LENGTH_MAX,
  PRIORITY_MS_MAX,
  START_MANY_MAX,
  START_MANY_SPREAD_MS,
} from "../shared/constants.js";
import { computeDigest } from "../shared/digest.js";
import { executorError } from "../shared/errors.js";
import { checkEndLimits } from "../shared/ends.js";
import { dealShard } from "../shared/layout.js";
import { STEP_DEFINITION, type LayoutOptions } from "../shared/model.js";
import type { Value } from "convex/values";
import { checkRange } from "../shared/ranges.js";
import type { StartItem } from "../shared/startItem.js";
import { ensureConfig } from "./config.js";
import type { Doc, Id, MutationCtx } from "./functions.js";
import { isPaused, pausedFields } from "./parking.js";
import { enqueueTask, queueKeyOf, type QueueKey } from "./queues.js";
import { relayoutSeats } from "./epochs.js";
import { wakeShards } from "./seats.js";
import { scheduleTimer } from "./timers.js";

/** Starts a batch, dealing it to the shards in turn; answers ids in the batch's order. */
export async function startWorkflows(
  ctx: MutationCtx,
  definition: string,
  items: StartItem[],
  options: LayoutOptions,
): Promise<Id<"workflows">[]> {
  checkBatch(definition, items);
  const { config, isChanged } = await ensureConfig(ctx, options);
  if (isChanged) await relayoutSeats(ctx);
  const now = Date.now();
  const first = Math.floor(Math.random() * config.shards);
  const ids: Id<"workflows">[] = [];
  const shards = new Set<number>();
  for (const [index, item] of items.entries()) {
    const existing =
      item.key === undefined ? null : await loadByKey(ctx, definition, item);
    if (existing) {
      ids.push(existing._id);
      continue;
    }
    const workflow = await insertWorkflow(ctx, {
      definition,
      item,
      isPaused: isPaused(config, definition),
      shard: dealShard(config, first, index),
      workflowCreatedAt:
        now + (index * START_MANY_SPREAD_MS) / START_MANY_MAX - (item.priority ?? 0),
    });
    shards.add(workflow.shard);
    ids.push(workflow._id);
  }
  if (shards.size > 0) await wakeShards(ctx, shards);
  return ids;
}

/**
 * Starts the child workflow of a step; it keeps its parent's place in the order (D11). One
 * that begins later has a timer instead of its task.
 */
export async function startChild(
  ctx: MutationCtx,
  parent: QueueKey,
  number: number,
  child: { definition: string; beginsAt: number | undefined } & StartItem,
  config: Doc<"config">,
): Promise<Id<"workflows">> {
  const { definition, beginsAt, ...item } = child;
  const { args, behindMs } = describeChild(parent, number, child);
  const workflow = await insertWorkflow(ctx, {
    definition,
    item: { ...item, args },
    // One that begins later is held back then.
    isPaused: beginsAt === undefined && isPaused(config, definition),
    shard: (parent.shard + number + 1) % config.shards,
    workflowCreatedAt: parent.workflowCreatedAt + behindMs,
    parent: { workflow: parent.workflow, generation: parent.generation, number },
    beginsAt,
  });
  if (beginsAt === undefined) await wakeShards(ctx, [workflow.shard]);
  return workflow._id;
}

/** A dispatched step keeps its parent's key, and stands behind those dispatched before. */
function describeChild(
  { workflow, generation }: QueueKey,
  number: number,
  { definition, args }: { definition: string; args: Value },
): { args: Value; behindMs: number } {
  if (definition !== STEP_DEFINITION) return { args, behindMs: 0 };
  const dispatched = args as { behindMs?: number };
  const key = `${workflow}/${generation}/${number}`;
  return { args: { ...dispatched, key }, behindMs: dispatched.behindMs ?? 0 };
}

type Insertion = {
  definition: string;
  item: StartItem;
  isPaused: boolean;
  shard: number;
  workflowCreatedAt: number;
  parent?: Doc<"workflows">["parent"];
  beginsAt?: number | undefined;
};

async function insertWorkflow(
  ctx: MutationCtx,
  { definition, item, isPaused, shard, workflowCreatedAt, ...rest }: Insertion,
): Promise<Doc<"workflows">> {
  const args = await ctx.db.insert("payloads", { value: item.args });
  const { key, timeoutMs, graceMs, retentionMs, onComplete } = item;
  const fields = {
    definition,
    shard,
    workflowCreatedAt,
    generation: 0,
    ...(isPaused ? pausedFields(definition) : { state: "pending" as const }),
    args,
    ...(key === undefined ? {} : { key, argsDigest: computeDigest(item.args) }),
    ...(rest.parent ? { parent: rest.parent } : {}),
    ...(item.gate ? { gate: item.gate } : {}),
    ...(timeoutMs === undefined ? {} : { timeoutMs, timeoutAt: Date.now() + timeoutMs }),
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(retentionMs === undefined ? {} : { retentionMs }),
    ...(onComplete ? { onComplete: await storeCallback(ctx, onComplete) } : {}),
  };
  const _id = await ctx.db.insert("workflows", fields);
  const workflow = { _id, _creationTime: workflowCreatedAt, ...fields };
  const queueKey = queueKeyOf(workflow);
  if (rest.beginsAt !== undefined)
    await scheduleTimer(ctx, queueKey, "begin", rest.beginsAt);
  else if (!isPaused) await enqueueTask(ctx, queueKey);
  await scheduleTimeout(ctx, workflow);
  return workflow;
}

/** Sees to it that a generation which begins now ends in time, if it has a timeout. */
export async function scheduleTimeout(
  ctx: MutationCtx,
  workflow: Doc<"workflows">,
): Promise<void> {
  const { timeoutAt } = workflow;
  if (timeoutAt === undefined) return;
  await scheduleTimer(ctx, queueKeyOf(workflow), "timeout", timeoutAt);
}

async function storeCallback(
  ctx: MutationCtx,
  { fn, context }: NonNullable<StartItem["onComplete"]>,
): Promise<NonNullable<Doc<"workflows">["onComplete"]>> {
  if (context === undefined) return { fn };
  return { fn, context: await ctx.db.insert("payloads", { value: context }) };
}

async function loadByKey(
  ctx: MutationCtx,
  definition: string,
  item: StartItem,
): Promise<Doc<"workflows"> | null> {
  const existing = await ctx.db
    .query("workflows")
    .withIndex("by_key", (q) => q.eq("definition", definition).eq("key", item.key))
    .unique();
  if (!existing) return null;
  if (existing.argsDigest === computeDigest(item.args)) return existing;
  throw executorError(
    "KEY_CONFLICT",
    `${definition} was already started with the key "${item.key}" and other arguments (workflow ${existing._id}). Use another key, or the same arguments.`,
    { definition, key: item.key, workflow: existing._id },
  );
}

function checkBatch(definition: string, items: StartItem[]): void {
  if (items.length > START_MANY_MAX) {
    throw executorError(
      "TOO_MANY",
      `startMany got ${items.length} workflows of ${definition}; one mutation starts at most ${START_MANY_MAX}. Call it from an action, which pages, or split the batch.`,
      { actual: items.length, limit: START_MANY_MAX },
    );
  }
  for (const item of items) {
    const { key, priority } = item;
    checkEndLimits(item);
    if (key !== undefined && (key.length === 0 || key.length > NAME_LENGTH_MAX)) {
      throw executorError(
        "INVALID_OPTIONS",
        `key has ${key.length} characters; it must have 1 to ${NAME_LENGTH_MAX}.`,
        { option: "key", actual: key.length, limit: NAME_LENGTH_MAX },
      );
    }
    if (priority !== undefined) {
      checkRange("priority", priority, -PRIORITY_MS_MAX, PRIORITY_MS_MAX);
    }
  }
}
