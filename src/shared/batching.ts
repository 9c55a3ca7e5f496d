/**
 * What goes into a group commit, and when it goes (D2, D8).
 *
 * Owns the bounds of a batch and the time it lingers. Pure.
 */
import { measureOperation, type Operation } from "./commit.js";
import {
  COMMIT_BYTES_MAX,
  COMMIT_DOCUMENTS_MAX,
  COMMIT_WORKFLOWS_MAX,
  LINGER_MS_MAX,
  LINGER_STEP_SHARE,
} from "./constants.js";

/** The bounds of one commit. */
export type CommitBounds = { bytes: number; documents: number; workflows: number };

/** The bounds in force: under half of the platform's, with room for what indexes add (I9). */
const COMMIT_BOUNDS: CommitBounds = {
  bytes: COMMIT_BYTES_MAX,
  documents: COMMIT_DOCUMENTS_MAX,
  workflows: COMMIT_WORKFLOWS_MAX,
};

/**
 * Plans how many operations of each queue the next commit takes: a prefix of each, in the
 * order given. The first operation of all is always taken, so a batch is never empty.
 */
export function planCommit(
  queues: readonly (readonly Operation[])[],
  bounds: CommitBounds = COMMIT_BOUNDS,
): number[] {
  let { bytes, documents } = bounds;
  let isFirst = true;
  let isFull = false;
  return queues.map((queue, index) => {
    let taken = 0;
    if (index >= bounds.workflows) return taken;
    for (const operation of queue) {
      if (isFull) break;
      const cost = measureOperation(operation);
      isFull = !isFirst && (cost.bytes > bytes || cost.documents > documents);
      if (isFull) break;
      bytes -= cost.bytes;
      documents -= cost.documents;
      isFirst = false;
      taken += 1;
    }
    return taken;
  });
}

/** What the executor knows of its own pace. */
export type Pace = {
  /** Median duration of the last steps, in milliseconds; null before the first ends. */
  medianStepMs: number | null;
  /** Steps running now. */
  running: number;
};

/**
 * Computes how long a commit waits for company: two percent of a median step, at most
 * LINGER_MS_MAX, and not at all if nobody is expected to come in that time.
 */
export function computeLingerMs({ medianStepMs, running }: Pace): number {
  if (medianStepMs === null || medianStepMs <= 0) return 0;
  const window = Math.min(LINGER_MS_MAX, medianStepMs * LINGER_STEP_SHARE);
  const expected = (running / medianStepMs) * window;
  return expected >= 1 ? window : 0;
}

/** Computes the median of some durations; null if there are none. */
export function computeMedian(durations: readonly number[]): number | null {
  if (durations.length === 0) return null;
  const sorted = [...durations].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
