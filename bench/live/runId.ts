/**
 * Names of live runs. A name says how large its run is, so that it alone is enough to go on
 * with it from anywhere.
 */
import { LiveError } from "./errors.js";

/** A run, as its name says. */
export interface LiveRun {
  readonly id: string;
  readonly workflows: number;
}

const RADIX = 36;

/** Names a run that begins now. */
export function createRun(workflows: number, now: number): LiveRun {
  return { id: `haiku-${workflows}-${Math.floor(now).toString(RADIX)}`, workflows };
}

/** Reads a run's name; throws what is wrong with it. */
export function parseRun(id: string, workflowsMax: number): LiveRun {
  const workflows = Number(/^haiku-(\d+)-[a-z0-9]+$/.exec(id)?.[1] ?? NaN);
  if (workflows >= 1 && workflows <= workflowsMax) return { id, workflows };
  throw new LiveError(
    "unfit",
    `--resume is "${id}", which names no run; a run says its name when it is stopped.`,
  );
}
