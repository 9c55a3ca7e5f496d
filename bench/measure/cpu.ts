/**
 * Where the processor's time goes, by the source of the innermost function: the inspector's
 * sampling profiler, in this process.
 *
 * Owns which paths are whose. What a sampled function calls in native code is its own.
 */
import { Session, type Profiler } from "node:inspector/promises";
import type { Cpu } from "../result.js";
import { round } from "./percentiles.js";

/** Microseconds between two samples: a run of minutes has some 30,000, and is not slowed. */
const SAMPLE_US = 10_000;
const US_PER_SECOND = 1e6;
const MS_PER_SECOND = 1_000;

type Owner = Exclude<keyof Cpu, "sampledSeconds" | "engineMsPerStep">;

/** The first that fits. */
const OWNERS: readonly (readonly [RegExp, Owner])[] = [
  [/\/node_modules\/@anthropic-ai\//, "bench"],
  [/\/node_modules\//, "packages"],
  [/\/src\/component\//, "component"],
  [/\/src\//, "engine"],
  [/\/sim\//, "simulator"],
  [/\/(bench|demo)\//, "bench"],
];

/** Whose time a sample in this source is. */
function resolveOwner(url: string): Owner {
  return OWNERS.find(([pattern]) => pattern.test(url))?.[1] ?? "runtime";
}

/** Begins to sample; the result ends it. */
export async function startProfile(): Promise<(steps: number) => Promise<Cpu>> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: SAMPLE_US });
  const usedBefore = process.cpuUsage();
  await session.post("Profiler.start");
  return async (steps) => {
    const { profile } = await session.post("Profiler.stop");
    session.disconnect();
    const { user, system } = process.cpuUsage(usedBefore);
    return sumProfile(profile, steps, (user + system) / US_PER_SECOND);
  };
}

/**
 * Adds up samples by owner. They are of the machine's time, of which others may have had some:
 * no more is given out than the process used.
 */
export function sumProfile(
  profile: Profiler.Profile,
  steps: number,
  usedSeconds = Infinity,
): Cpu {
  const owners = new Map(
    profile.nodes.map(({ id, callFrame }) => {
      const isIdle = callFrame.functionName === "(idle)";
      return [id, isIdle ? null : resolveOwner(callFrame.url)] as const;
    }),
  );
  const seconds: Record<Owner, number> = {
    engine: 0,
    component: 0,
    simulator: 0,
    bench: 0,
    packages: 0,
    runtime: 0,
  };
  const { samples = [], timeDeltas = [] } = profile;
  for (const [index, id] of samples.entries()) {
    const owner = owners.get(id);
    if (owner) seconds[owner] += (timeDeltas[index] ?? 0) / US_PER_SECOND;
  }
  const elapsed = Object.values(seconds).reduce((sum, one) => sum + one, 0);
  const sampledSeconds = Math.min(elapsed, usedSeconds);
  const share = elapsed > 0 ? sampledSeconds / elapsed : 0;
  for (const owner of Object.keys(seconds) as Owner[]) seconds[owner] *= share;
  return {
    sampledSeconds: round(sampledSeconds),
    engine: round(seconds.engine),
    component: round(seconds.component),
    simulator: round(seconds.simulator),
    bench: round(seconds.bench),
    packages: round(seconds.packages),
    runtime: round(seconds.runtime),
    engineMsPerStep: round((seconds.engine * MS_PER_SECOND) / Math.max(1, steps)),
  };
}
