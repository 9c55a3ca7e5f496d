/**
 * What carries out a scenario's workflows: the seam between the benchmark, which is the same
 * for all, and this component or a peer of it.
 *
 * Owns the seam's shape; one file each beside it.
 */
import type { Convex, ConvexOptions, Deployable } from "../../sim/index.js";
import type { AppParts } from "../app/calls.js";
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
    /** Who begins its transactions: actions, or `scheduler`. */
    readonly callers: readonly string[];
    /** Mutations that make the results of steps durable. */
    readonly commits: readonly string[];
  };
  /** What of it is modelled or chosen, a line each. */
  readonly modelled: readonly string[];
  /** How often it logged what, of warnings and errors, ids left out. */
  readonly logged: ReadonlyMap<string, number>;
  /** The app with its components. */
  deploy(parts: AppParts): Promise<Deployable & Pick<ConvexOptions, "onLog">>;
  /** How the engine is set up, at the end of a run. */
  describe(
    convex: Convex,
    scenario: Scenario,
  ): Pick<Setup, "shards" | "slotsPerShard" | "seats">;
  /** Counts what is wrong with what is stored. */
  audit(convex: Convex): Promise<number>;
}
