/**
 * What carries out a scenario's workflows: the seam between the benchmark, which is the same
 * for all, and this component or a peer of it.
 *
 * Owns the seam's shape; one file each beside it.
 */
import type { Convex, Deployable } from "../../sim/index.js";
import type { AppParts } from "../app/app.js";
import type { RowReader } from "../measure/ledger.js";
import type { Scenario } from "../scenario.js";
import type { Setup } from "../result.js";

export interface Engine {
  /** As result files name it. */
  readonly name: string;
  /** Workflows that one mutation, `app:start`, creates at most. */
  readonly startPage: number;
  /** Reads what becomes durable. */
  readonly reader: RowReader;
  /** Functions whose counts the cost names apart. */
  readonly functions: {
    /** The long-lived action of an engine that has one. */
    readonly entry: string;
    /** The mutation that makes the results of steps durable. */
    readonly commit: string;
  };
  /** The app with its components. */
  deploy(parts: AppParts): Promise<Deployable>;
  /** How the engine is set up, at the end of a run. */
  describe(
    convex: Convex,
    scenario: Scenario,
  ): Pick<Setup, "shards" | "slotsPerShard" | "seats">;
  /** Counts what is wrong with what is stored. */
  audit(convex: Convex): Promise<number>;
}
