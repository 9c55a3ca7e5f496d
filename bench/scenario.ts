/**
 * What a scenario is: the work, the deployment it runs on, and what has to hold.
 *
 * Owns the shape; one file each in `scenarios/`.
 */
import type { OwnWorkPlan } from "./app/ownWork.js";
import type { DeploymentClass } from "../sim/constants/classes.js";
import type { HaikuOptions } from "./haiku/index.js";
import type { Criterion, RunResult } from "./result.js";

/** Calls of a workflow: stages one after the other, the calls of a stage in parallel. */
export type Stages = readonly (readonly number[])[];

/** One call, then two in parallel, then one. */
export const ONE_TWO_ONE: Stages = [[0], [1, 2], [3]];

/** What a call does. */
export type Work =
  /** Asks the simulated Messages API through the official SDK, behind a gate. */
  | {
      readonly kind: "messages";
      readonly api: Partial<HaikuOptions>;
      /** Whether the gate is told the API's rate, as by default, or has to learn it. */
      readonly gate?: "rate" | "adaptive";
    }
  /** Waits for a time drawn evenly, in the executor or in an action of its own. */
  | {
      readonly kind: "wait";
      readonly msMin: number;
      readonly msMax: number;
      readonly isOwnAction?: boolean;
    }
  /** A mutation that inserts a row. */
  | { readonly kind: "mutation" };

export interface Scenario {
  readonly name: string;
  /** A line for `--help`. */
  readonly description: string;
  readonly workflows: number;
  readonly stages: Stages;
  readonly work: Work;
  readonly class: DeploymentClass;
  readonly shards: number;
  readonly slotsPerShard: number;
  /** Calls that create workflows at once. */
  readonly creators: number;
  /** What the app does of its own meanwhile; nothing by default. */
  readonly ownWork?: OwnWorkPlan;
  /** Milliseconds after the work in which calls are counted; none by default. */
  readonly idleMs?: number;
  /** The short version, which the tests run: less of everything, and the same criteria. */
  readonly short: Partial<Omit<Scenario, "name" | "short" | "judge">>;
  /** What has to hold of one run. */
  judge(run: RunResult): Criterion[];
}

/** Calls of one workflow. */
export function countCalls(stages: Stages): number {
  return stages.reduce((sum, stage) => sum + stage.length, 0);
}
