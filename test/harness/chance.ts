/**
 * Chance, as a function of a seed.
 *
 * Owns the stand-in for `Math.random`, from which the engine takes its jitter and its
 * choice of shards. Handlers are not touched by it: they draw from their own world.
 */
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { vi } from "vitest";

/** Makes `Math.random` a function of the seed until mocks are restored. */
export function seedChance(seed: number): void {
  const generator = xoroshiro128plus(seed);
  vi.spyOn(Math, "random").mockImplementation(() => (generator.next() >>> 0) / 2 ** 32);
}
