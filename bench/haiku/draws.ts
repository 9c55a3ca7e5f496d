/**
 * Everything random. A draw is a function of (seed, prompt digest, attempt number) and of
 * nothing else:
 *
 * D1. Requests that arrive in another order draw the same values, so that a run under real
 *     concurrency is as reproducible as one on a virtual clock.
 * D2. The attempts at one prompt draw independently, so that a retry can succeed.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { DIGEST_CHARACTERS } from "./constants.js";

/** What one attempt at one prompt has drawn. */
export interface Draws {
  /** Standard normal; the latency is made of it. */
  readonly latencyNormal: number;
  /** Uniform in [0, 1); chooses the fault, if any. */
  readonly faultUnit: number;
  /** Uniform in [0, 1); how far into its latency a dropped connection gets. */
  readonly dropUnit: number;
  /** Hexadecimal digest of the key; unique to the attempt. */
  readonly digest: string;
}

/** Draws for the `attempt`-th admitted request (from 0) with this prompt. */
export function computeDraws(seed: number, promptDigest: string, attempt: number): Draws {
  const key = ["attempt", seed, promptDigest, attempt];
  const next = createUniform(key);
  return {
    latencyNormal: computeNormal(next(), next()),
    faultUnit: next(),
    dropUnit: next(),
    digest: computeDigest(key),
  };
}

/** Creates a generator of uniform values in [0, 1) from a key. */
export function createUniform(key: readonly unknown[]): () => number {
  const { buffer, byteOffset } = computeHash(key);
  const view = new DataView(buffer, byteOffset);
  const state = [0, 4, 8, 12].map((offset) => view.getInt32(offset));
  const generator = xoroshiro128plusFromState(state);
  return () => uniformFloat64(generator);
}

/** Digests a key of JSON values. */
export function computeDigest(key: readonly unknown[]): string {
  return bytesToHex(computeHash(key)).slice(0, DIGEST_CHARACTERS);
}

/**
 * Scales a standard normal draw to a log-normal latency.
 * @returns whole milliseconds, because that is what timers and the bucket count in
 */
export function computeLatencyMs(
  medianMs: number,
  sigma: number,
  latencyNormal: number,
): number {
  return Math.round(medianMs * Math.exp(sigma * latencyNormal));
}

/** Box-Muller; `1 - first` keeps 0 out of the logarithm. */
function computeNormal(first: number, second: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - first));
  return radius * Math.cos(2 * Math.PI * second);
}

function computeHash(key: readonly unknown[]): Uint8Array<ArrayBuffer> {
  return sha256(utf8ToBytes(JSON.stringify(key)));
}
