/**
 * One fault's draws over its occasions.
 *
 * F1. Each fault has a stream of its own, so switching one on does not move the others.
 * F2. An occasion that was chosen beforehand happens once.
 */
import type { Random } from "../clock/random.js";
import type { Fault, Occasion } from "./options.js";

export class Draws {
  readonly #fault: Fault;
  readonly #random: Random;
  readonly #elapsedMs: () => number;
  readonly #open: Set<Occasion>;
  readonly #seen = new Map<string, number>();

  constructor(fault: Fault, random: Random, elapsedMs: () => number) {
    checkProbability(fault.probability);
    this.#fault = fault;
    this.#random = random;
    this.#elapsedMs = elapsedMs;
    this.#open = new Set(fault.schedule);
  }

  /** Whether it happens at this occasion of that function. */
  happens(label: string): boolean {
    const { probability = 0, functions } = this.#fault;
    // Drawn first: what is scheduled besides must not move the stream.
    const isDrawn =
      probability > 0 && isNamed(functions, label) && this.#draw(probability);
    return this.#isScheduled(label) || isDrawn;
  }

  #draw(probability: number): boolean {
    return this.#random.chance(probability);
  }

  #isScheduled(label: string): boolean {
    if (this.#open.size === 0) return false;
    const nth = (this.#seen.get(label) ?? 0) + 1;
    this.#seen.set(label, nth);
    for (const occasion of this.#open) {
      if (occasion.function !== undefined && !matches(occasion.function, label)) continue;
      const isNow =
        "nth" in occasion ? occasion.nth === nth : occasion.atMs <= this.#elapsedMs();
      if (!isNow) continue;
      this.#open.delete(occasion);
      return true;
    }
    return false;
  }
}

/** Whether a function is among those named; no names stand for all. */
export function isNamed(names: readonly string[] | undefined, label: string): boolean {
  return names === undefined || names.some((name) => matches(name, label));
}

export function matches(name: string, label: string): boolean {
  return name.endsWith("*") ? label.startsWith(name.slice(0, -1)) : name === label;
}

export function checkProbability(probability = 0): void {
  if (probability >= 0 && probability <= 1) return;
  throw new RangeError(`A probability of ${probability}`);
}
