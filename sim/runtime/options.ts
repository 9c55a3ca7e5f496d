/**
 * What a deployment is made of: every option of `createConvex`, with its default.
 */
import type { Clock } from "../clock/clock.js";
import type { FaultOptions } from "../faults/options.js";
import type { LatencyOptions } from "../latency/latency.js";
import type { DeploymentClass } from "../constants/classes.js";
import type { LogLine } from "../globals/world.js";
import type { Deployable } from "./code.js";
import type { Canaries } from "./canaries.js";
import type { Limits } from "./limits.js";

/** Options of `createConvex`. */
export interface ConvexOptions extends Deployable {
  /** What the planned deploys of `faults.deploy` bring, one after the other. */
  readonly deploys?: readonly Deployable[];
  /** What may run at once. Default: `s16`, what a new deployment is. */
  readonly class?: DeploymentClass;
  /** All chance of a run comes from it. Default: 1. */
  readonly seed?: number;
  /**
   * `virtual`: time moves only when nothing can run. `real`: the machine's time. Or a clock
   * that others use as well. Default: virtual, from a fixed day.
   */
  readonly clock?: "virtual" | "real" | Clock;
  /**
   * How long things take; `none` for no time at all. Then nothing bounds the writes per second
   * but `limits`, and an unhandled rejection in the last line of a transaction goes unheard.
   * Default: the model's figures.
   */
  readonly latency?: LatencyOptions;
  /**
   * Whether crons run. With any, a deployment always has something to do: `runUntilIdle`
   * does not return. Default: no.
   */
  readonly crons?: boolean;
  /** Limits that differ from the platform's. */
  readonly limits?: Partial<Limits>;
  /** What goes wrong. Default: nothing. */
  readonly faults?: FaultOptions;
  /** What `fetch` is in actions. Default: the machine's, which a virtual clock waits for. */
  readonly fetch?: typeof globalThis.fetch;
  /** Told of every line that a function logs. Default: nobody. */
  readonly onLog?: (name: string, line: LogLine) => void;
  /** Deliberate mistakes of the simulation, for tests of tests. */
  readonly canaries?: Canaries;
}
