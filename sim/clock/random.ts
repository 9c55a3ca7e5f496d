/**
 * Chance from a seed, as a tree of named streams.
 *
 * C1. A fork depends on the names from the root to it and on nothing that was drawn, so a
 *     part that draws more often does not change what another part draws.
 */
import { hash } from "node:crypto";

import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

import { WORD_HEX_DIGITS } from "../constants/clock.js";
import { PI, cos, exp, floor, log, sqrt } from "../math.js";

export class Random {
  readonly #seed: number | string;
  #hashedKey: string | null = null;
  /** Made with the first draw: many a fork is only forked again. */
  #generator: RandomGenerator | null = null;

  constructor(seed: number | string) {
    this.#seed = seed;
  }

  /** Stands for all names from the root to here. Hashed when it is needed: most are not. */
  get #key(): string {
    return (this.#hashedKey ??= hash("sha256", `seed/${this.#seed}`));
  }

  /** The stream of that name below this one; the same one each time. */
  fork(name: string): Random {
    return new Random(`${this.#key}/${name}`);
  }

  /** From 0 to below 1. */
  next(): number {
    return uniformFloat64(this.#ensureGenerator());
  }

  /** From 0 to 2^32 - 1. */
  uint32(): number {
    return this.#ensureGenerator().next() >>> 0;
  }

  /** A whole number, both ends included. */
  integer(min: number, max: number): number {
    return min + floor(this.next() * (max - min + 1));
  }

  /** True with that probability. 0 and 1 draw nothing, so that a fault off costs nothing. */
  chance(probability: number): boolean {
    if (probability <= 0) return false;
    return probability >= 1 || this.next() < probability;
  }

  /** Lognormal: half of the draws lie below `median`; `sigma` is that of the logarithm. */
  lognormal(median: number, sigma: number): number {
    if (sigma === 0) return median;
    return median * exp(sigma * this.#normal());
  }

  /** Exponential with that mean, as between arrivals that know nothing of each other. */
  exponential(mean: number): number {
    return -mean * log(1 - this.next());
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("There is nothing to pick from");
    return items[this.integer(0, items.length - 1)]!;
  }

  /** Fills `bytes` and returns it. */
  bytes(bytes: Uint8Array): Uint8Array {
    for (let index = 0; index < bytes.length; index += 4) {
      const word = this.uint32();
      bytes[index] = word >>> 24;
      // Writing beyond the end of a typed array does nothing.
      bytes[index + 1] = (word >>> 16) & 0xff;
      bytes[index + 2] = (word >>> 8) & 0xff;
      bytes[index + 3] = word & 0xff;
    }
    return bytes;
  }

  /** Standard normal, by Box and Muller. */
  #normal(): number {
    const radius = sqrt(-2 * log(1 - this.next()));
    return radius * cos(2 * PI * this.next());
  }

  #ensureGenerator(): RandomGenerator {
    this.#generator ??= xoroshiro128plusFromState(
      [0, 1, 2, 3]
        .map((word) =>
          Number.parseInt(
            this.#key.slice(word * WORD_HEX_DIGITS, (word + 1) * WORD_HEX_DIGITS),
            16,
          ),
        )
        .map((word) => word | 0),
    );
    return this.#generator;
  }
}
