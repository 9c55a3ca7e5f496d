/**
 * Joins what calls noted and what became durable, workflow by workflow, and says where each
 * one's time went.
 *
 * Owns the critical path: of the calls of a stage, the one that ended last. Pure.
 */
import type { CallTimes } from "../app/probe.js";
import type { PhaseName } from "../result.js";
import type { Stages } from "../scenario.js";

export const PHASES: readonly PhaseName[] = ["queued", "gate", "api", "retry", "commit"];

/** One workflow that completed; milliseconds since the beginning, or lengths. */
export interface WorkflowRecord {
  readonly createdMs: number;
  readonly endedMs: number;
  readonly phases: Readonly<Record<PhaseName, number>>;
  /** From each stage's last result to the next one's first start, and to its durable row. */
  readonly nextStart: readonly number[];
  readonly nextRow: readonly number[];
}

/** Absolute times of one workflow. */
export interface RawTimes {
  readonly createdAt: number;
  readonly endedAt: number;
  /** When each step's row was durable. */
  readonly rows: readonly number[];
  readonly calls: readonly CallTimes[];
}

export function computeRecord(
  { createdAt, endedAt, rows, calls }: RawTimes,
  stages: Stages,
  beganAt: number,
): WorkflowRecord {
  const phases = { queued: 0, gate: 0, api: 0, retry: 0, commit: 0 };
  const nextStart: number[] = [];
  const nextRow: number[] = [];
  let doneAt = createdAt;
  for (const [index, stage] of stages.entries()) {
    const last = stage.reduce((a, b) => (calls[b]!.lastEnd > calls[a]!.lastEnd ? b : a));
    const call = calls[last]!;
    const rowAt = rows[last]!;
    phases[index === 0 ? "queued" : "commit"] += rowAt - doneAt;
    phases.gate += call.firstStart - rowAt;
    phases.api += call.busyMs;
    phases.retry += call.lastEnd - call.firstStart - call.busyMs;
    if (index > 0) {
      nextRow.push(rowAt - doneAt);
      nextStart.push(Math.min(...stage.map((one) => calls[one]!.firstStart)) - doneAt);
    }
    doneAt = call.lastEnd;
  }
  phases.commit += endedAt - doneAt;
  return {
    createdMs: createdAt - beganAt,
    endedMs: endedAt - beganAt,
    phases,
    nextStart,
    nextRow,
  };
}
