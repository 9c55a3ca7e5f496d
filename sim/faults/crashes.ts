/**
 * Where actions crash: at operations of the host, counted for each run of each function.
 *
 * Also the record of those places, from which a sweep takes them one after the other.
 */
import type { Random } from "../clock/random.js";
import { checkProbability, isNamed, matches } from "./draws.js";
import type { CrashFault, CrashPhase, CrashPlace } from "./options.js";

/** A run of a function; one object for each. */
export interface Running {
  readonly label: string;
}

/** A place an action went through, by which it can be made to crash there. */
export interface VisitedPlace extends Required<CrashPlace> {
  readonly operation: string;
}

interface RunCounts {
  readonly run: number;
  before: number;
  after: number;
}

export class Crashes {
  readonly #fault: CrashFault;
  readonly #random: Random;
  readonly #elapsedMs: () => number;
  readonly #open: Set<NonNullable<CrashFault["schedule"]>[number]>;
  readonly #runs = new Map<string, number>();
  readonly #counts = new WeakMap<Running, RunCounts>();
  /** Null unless places are recorded. */
  visited: VisitedPlace[] | null = null;

  constructor(fault: CrashFault, random: Random, elapsedMs: () => number) {
    checkProbability(fault.probability);
    this.#fault = fault;
    this.#random = random;
    this.#elapsedMs = elapsedMs;
    this.#open = new Set(fault.schedule);
  }

  /** Whether `running` crashes around that operation. */
  happens(running: Running, operation: string, phase: CrashPhase): boolean {
    const counts = this.#count(running);
    counts[phase] += 1;
    const { label } = running;
    const place = {
      function: label,
      run: counts.run,
      nth: counts[phase],
      phase,
      operation,
    };
    this.visited?.push(place);
    // Drawn first: what is scheduled besides must not move the stream.
    const isDrawn =
      this.#draws(place) && this.#random.chance(this.#fault.probability ?? 0);
    return this.#isScheduled(place) || isDrawn;
  }

  #draws(place: VisitedPlace): boolean {
    const { probability = 0, functions, operations, phase } = this.#fault;
    return (
      probability > 0 &&
      isNamed(functions, place.function) &&
      isNamed(operations, place.operation) &&
      (phase === undefined || phase === place.phase)
    );
  }

  #isScheduled(place: VisitedPlace): boolean {
    for (const planned of this.#open) {
      const isHere =
        "atMs" in planned ? planned.atMs <= this.#elapsedMs() : isAt(planned, place);
      if (!isHere) continue;
      this.#open.delete(planned);
      return true;
    }
    return false;
  }

  #count(running: Running): RunCounts {
    const known = this.#counts.get(running);
    if (known !== undefined) return known;
    const run = (this.#runs.get(running.label) ?? 0) + 1;
    this.#runs.set(running.label, run);
    const counts = { run, before: 0, after: 0 };
    this.#counts.set(running, counts);
    return counts;
  }
}

function isAt(planned: CrashPlace, place: VisitedPlace): boolean {
  return (
    matches(planned.function, place.function) &&
    (planned.run ?? 1) === place.run &&
    planned.nth === place.nth &&
    (planned.phase ?? "before") === place.phase
  );
}
