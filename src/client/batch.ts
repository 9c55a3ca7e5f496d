/**
 * Batches of workflows to start.
 *
 * Owns their size: what one mutation may carry, and the pages that a larger batch is cut
 * into. May not touch ctx.
 */
import type { Value } from "convex/values";
import { START_MANY_BYTES_MAX, START_MANY_MAX } from "../shared/constants.js";
import { executorError } from "../shared/errors.js";
import { resolveGate, type GateOption } from "../shared/gateOptions.js";
import { checkArgumentsFit } from "../shared/outcomes.js";
import type { BatchItem } from "./definition.js";

/** How to start a workflow. */
export type StartOptions = {
  /**
   * Starting again with the same definition, key and arguments answers the workflow that
   * is there; with other arguments it throws `KEY_CONFLICT`.
   */
  key?: string;
  /** Milliseconds of head start in the order, up to a day; negative to stand back. Default 0. */
  priority?: number;
  /** The gate of this workflow, instead of its definition's; see there. */
  gate?: GateOption;
};

/** Splits a batch into pages that one mutation each can start, in the order given. */
export function splitBatch(
  definition: string,
  items: readonly ({ args: Value } & StartOptions)[],
): BatchItem[][] {
  const pages: BatchItem[][] = [];
  let bytes = 0;
  for (const { gate, ...given } of items) {
    const item: BatchItem = gate ? { ...given, gate: resolveGate(gate) } : given;
    const itemBytes = checkArgumentsFit(item.args, definition);
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

/** The error of a batch that does not fit into the mutation it was given to. */
export function createTooMany(definition: string, count: number): Error {
  return executorError(
    "TOO_MANY",
    `startMany got ${count} workflows of ${definition}; one mutation starts at most ${START_MANY_MAX} with ${START_MANY_BYTES_MAX} bytes of arguments. Call it from an action, which pages, or split the batch.`,
    { definition, actual: count, limit: START_MANY_MAX },
  );
}
