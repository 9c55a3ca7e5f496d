/**
 * The zero-overhead oracle: the same work, order rule, draws, slots and token bucket over one
 * global queue, with nothing else. Its makespan is what an engine is measured against.
 *
 * Owns no draws and no limits; they are given. A call is ready when the stage before it has
 * ended; of the ready ones the oldest workflow's lowest call starts, as soon as there is a
 * slot and a token. An attempt that fails is ready again at once.
 */
import { EventHeap } from "../sim/clock/eventHeap.js";
import { computeAdmission, createBucket } from "./haiku/bucket.js";
import type { RateLimit, RateLimitChange } from "./haiku/index.js";
import type { Stages } from "./scenario.js";

/** One attempt at a call, in the order in which they are made; all but the last one fail. */
export interface PlannedAttempt {
  readonly ms: number;
}

export interface OracleInput {
  readonly stages: Stages;
  readonly slots: number;
  readonly rateLimit: RateLimit | null;
  /** How that changes later; it does not by default. */
  readonly rateLimitChanges?: readonly RateLimitChange[];
  /** Per workflow, oldest first: when it is there, and the attempts at each of its calls. */
  readonly workflows: readonly {
    readonly createdMs: number;
    readonly calls: readonly (readonly PlannedAttempt[])[];
  }[];
}

/** When each workflow ends, in milliseconds since 0. */
export function runOracle(input: OracleInput): number[] {
  const { stages, workflows } = input;
  const calls = stages.flat().length;
  const events = new EventHeap();
  const ready = new EventHeap(); // by place in the order instead of time
  const ends = workflows.map(() => NaN);
  const stageOf = workflows.map(() => 0);
  const openOf = workflows.map(() => 0);
  const made = new Uint8Array(workflows.length * calls);
  let bucket =
    input.rateLimit && createBucket(input.rateLimit, 0, input.rateLimitChanges);
  let free = input.slots;
  let tickAt = -1;

  const makeReady = (index: number, call: number) =>
    ready.add(index * calls + call, () => start(index, call), false);
  const beginStage = (index: number, now: number) => {
    const stage = stages[stageOf[index]!];
    if (stage === undefined) return void (ends[index] = now);
    openOf[index] = stage.length;
    for (const call of stage) makeReady(index, call);
  };
  let now = 0;
  const start = (index: number, call: number) => {
    const attempts = workflows[index]!.calls[call]!;
    const attempt = made[index * calls + call]!++;
    free -= 1;
    const end = () => {
      free += 1;
      if (attempt + 1 < attempts.length) return void makeReady(index, call);
      openOf[index]! -= 1;
      if (openOf[index]! > 0) return;
      stageOf[index]! += 1;
      beginStage(index, now);
    };
    events.add(now + attempts[attempt]!.ms, end, false);
  };
  const takeToken = (): boolean => {
    if (!bucket) return true;
    const admission = computeAdmission(bucket, now);
    bucket = admission.bucket;
    if (!admission.isAdmitted && tickAt <= now) {
      tickAt = now + 1; // the bucket counts whole milliseconds
      events.add(tickAt, () => undefined, false);
    }
    return admission.isAdmitted;
  };

  for (const [index, { createdMs }] of workflows.entries())
    events.add(createdMs, () => beginStage(index, now), false);
  for (let next = events.peek(); next; next = events.peek()) {
    now = next.time;
    events.take()?.();
    // All that happens now has happened before anything starts: the oldest goes first.
    if (events.peek()?.time === now) continue;
    while (free > 0 && ready.peek() && takeToken()) ready.take()?.();
  }
  return ends;
}
