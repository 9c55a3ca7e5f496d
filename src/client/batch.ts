/**
 * Batches of workflows to start.
 *
 * Owns their options, what they are turned into, and their size: what one mutation may
 * carry, and the pages that a larger batch is cut into. May not touch ctx.
 */
import type { Value } from "convex/values";
import { START_MANY_BYTES_MAX, START_MANY_MAX } from "../shared/constants.js";
import { executorError } from "../shared/errors.js";
import { resolveGate, type GateOption } from "../shared/gateOptions.js";
import { checkArgumentsFit } from "../shared/outcomes.js";
import { createHandleMaker, type OnComplete } from "./completion.js";
import type { BatchItem } from "./definition.js";

/** How to start a workflow. */
export type StartOptions<Context = unknown> = {
  /**
   * Starting again with the same definition, key and arguments answers the workflow that
   * is there; with other arguments it throws `KEY_CONFLICT`.
   */
  key?: string;
  /** Milliseconds of head start in the order, up to a day; negative to stand back. Default 0. */
  priority?: number;
  /** The gate of this workflow, instead of its definition's; see there. */
  gate?: GateOption;
  /**
   * A mutation to call when the workflow ends, exactly once per generation, in a transaction
   * after the one that ends it. If it throws it is called again, with backoff, up to twelve
   * times; then it waits for `retryOutbox`. Default: none.
   */
  onComplete?: OnComplete<Context>;
  /** What `onComplete` is given besides the result. Default: nothing. */
  context?: Context;
  /**
   * Milliseconds from the start after which the workflow fails with `WORKFLOW_TIMEOUT`,
   * wherever it stands, a second to a year. Default: the definition's, or none.
   */
  timeoutMs?: number;
  /**
   * Milliseconds after its end at which the workflow is deleted, with its children, steps
   * and payloads, 0 to 1,000 days. Default: the definition's, or the executor's.
   */
  retentionMs?: number;
};

/** Turns what callers give into what can be sent: references become handles. */
export async function prepareItems(
  items: readonly ({ args: unknown } & StartOptions)[],
): Promise<BatchItem[]> {
  const makeHandle = createHandleMaker();
  const prepared: BatchItem[] = [];
  for (const { onComplete, context, args, gate, ...rest } of items) {
    const use = gate ? { gate: resolveGate(gate) } : {};
    const item = { ...rest, ...use, args: args as Value };
    if (!onComplete) {
      checkNoContext(context);
      prepared.push(item);
      continue;
    }
    const fn = await makeHandle(onComplete);
    const callback = context === undefined ? { fn } : { fn, context: context as Value };
    prepared.push({ ...item, onComplete: callback });
  }
  return prepared;
}

function checkNoContext(context: unknown): void {
  if (context === undefined) return;
  throw executorError(
    "INVALID_OPTIONS",
    "context was given without onComplete, which alone would be told of it. Give both, or neither.",
    { option: "context" },
  );
}

/** Splits a batch into pages that one mutation each can start, in the order given. */
export function splitBatch(
  definition: string,
  items: readonly BatchItem[],
): BatchItem[][] {
  const pages: BatchItem[][] = [];
  let bytes = 0;
  for (const item of items) {
    const itemBytes = measureItem(item, definition);
    bytes += itemBytes;
    const page = pages.at(-1);
    if (page && page.length < START_MANY_MAX && bytes <= START_MANY_BYTES_MAX) {
      page.push(item);
    } else {
      pages.push([item]);
      bytes = itemBytes;
    }
  }
  return pages;
}

function measureItem({ args, onComplete }: BatchItem, definition: string): number {
  const context = onComplete?.context;
  const bytes = checkArgumentsFit(args, definition);
  if (context === undefined) return bytes;
  return bytes + checkArgumentsFit(context, `the onComplete of ${definition}`);
}

/** The error of a batch that does not fit into the mutation it was given to. */
export function createTooMany(definition: string, count: number): Error {
  return executorError(
    "TOO_MANY",
    `startMany got ${count} workflows of ${definition}; one mutation starts at most ${START_MANY_MAX} with ${START_MANY_BYTES_MAX} bytes of arguments. Call it from an action, which pages, or split the batch.`,
    { definition, actual: count, limit: START_MANY_MAX },
  );
}
