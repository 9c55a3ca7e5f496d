/**
 * What goes wrong on a platform under strain, beside what a scenario does.
 *
 * Owns the odds. Of the engine's own calls only, as a user's function that fails is a failed
 * step.
 */
import type { FaultOptions } from "../../sim/faults/options.js";

const ENGINE = { functions: ["executor/executor:*"], probability: 0.03 };
/** Faults of the calls that executors make. */
export const STRAIN: FaultOptions = {
  conflict: ENGINE,
  commitLost: ENGINE,
  commitUnheard: ENGINE,
  permit: ENGINE,
  overload: ENGINE,
};
