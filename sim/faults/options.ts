/**
 * What can go wrong: one struct, all of it off by default.
 *
 * Times are milliseconds, and `atMs` counts from when the deployment began. Functions are
 * named by the component's path and the function's, as in traces and metrics:
 * `workpool/loop:run`; a name that ends in `*` stands for all that begin so.
 */

/** One occasion, chosen beforehand. */
export type Occasion =
  /** The first occasion at this time or later, of that function or of any. */
  | { readonly atMs: number; readonly function?: string }
  /** That function's n-th occasion, from 1. */
  | { readonly function: string; readonly nth: number };

/** A fault that may happen at each occasion. */
export interface Fault {
  /** Chance at each occasion, from 0 to 1. @defaultValue 0 */
  readonly probability?: number;
  /** Functions to which the probability applies. @defaultValue all */
  readonly functions?: readonly string[];
  /** Occasions at which it happens for certain, each once. */
  readonly schedule?: readonly Occasion[];
}

/** Around an operation of the host: before it takes effect, or after, unheard by the action. */
export type CrashPhase = "before" | "after";

/** One place in one run of an action. */
export interface CrashPlace {
  readonly function: string;
  /** Which of its runs, from 1. @defaultValue 1 */
  readonly run?: number;
  /** Which operation of the run, from 1; those that began, or those that ended. */
  readonly nth: number;
  /** @defaultValue "before" */
  readonly phase?: CrashPhase;
}

/**
 * An action ends at an operation of the host (a syscall, a timer, a fetch), as if its
 * machine had died. Its occasions are operations, each before and after.
 */
export interface CrashFault extends Omit<Fault, "schedule"> {
  /** Operations to which the probability applies, such as `mutation`. @defaultValue all */
  readonly operations?: readonly string[];
  /** Phase to which the probability applies. @defaultValue both */
  readonly phase?: CrashPhase;
  readonly schedule?: readonly (CrashPlace | { readonly atMs: number })[];
}

/** A fault of the whole backend, at times rather than at occasions. */
export interface TimedFault {
  /** When it happens. */
  readonly atMs?: readonly number[];
  /** Mean time between two further ones, drawn as if they knew nothing of each other. */
  readonly meanIntervalMs?: number;
  /** How many are drawn. A run is not idle before the last. @defaultValue 1 */
  readonly count?: number;
}

/** A timed fault that lasts, or that is so large. */
interface TimedFaultWithSize extends TimedFault {
  readonly ms?: number;
}

export interface FaultOptions {
  readonly crash?: CrashFault;
  /** A mutation that is to be committed conflicts, as if others had written what it read. */
  readonly conflict?: Fault;
  /** A commit gets lost, and its caller hears of an error. */
  readonly commitLost?: Fault;
  /** A commit happens, and its caller hears of an error all the same. */
  readonly commitUnheard?: Fault;
  /** A call is refused for want of a permit. */
  readonly permit?: Fault;
  /** A call is refused as the backend has too much to do. */
  readonly overload?: Fault;
  /** A syscall takes longer. */
  readonly slowSyscall?: Fault & {
    /** How many times as long. @defaultValue SLOW_SYSCALL_FACTOR */
    readonly factor?: number;
  };
  /** The scheduler starts nothing for a while. @defaultValue SCHEDULER_STALL_MS */
  readonly schedulerStall?: TimedFaultWithSize;
  /** The deployment is paused for a while. @defaultValue PAUSE_MS */
  readonly pause?: TimedFaultWithSize;
  /** The time of day jumps, back if negative. @defaultValue CLOCK_JUMP_MS */
  readonly clockJump?: TimedFaultWithSize;
  /** The backend ends and starts again; all that runs is gone. */
  readonly restart?: TimedFault & {
    /** Chance that a commit under way is durable. @defaultValue COMMIT_SURVIVAL */
    readonly commitSurvival?: number;
  };
  /** Other code is deployed, chosen by whoever runs the deployment; never drawn. */
  readonly deploy?: Pick<TimedFault, "atMs">;
}
