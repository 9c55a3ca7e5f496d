/**
 * Faults of the whole backend, as events of the clock.
 *
 * Owns when they happen; what they do is the deployment's.
 */
import type { Clock, Timer } from "../clock/clock.js";
import type { Random } from "../clock/random.js";
import { CLOCK_JUMP_MS, PAUSE_MS, SCHEDULER_STALL_MS } from "../constants/faults.js";
import type { FaultOptions, TimedFault } from "./options.js";

/** What a deployment does when a timed fault comes. */
export interface Backend {
  stallScheduler(ms: number): void;
  setPaused(isPaused: boolean): void;
  jumpClock(ms: number): void;
  restart(): void;
  /** Deploys other code; the index says which of the planned deploys it is, from 0. */
  deploy(index: number): void;
}

/** Starts the timed faults; the result ends those that are still to come. */
export function startTimeline(
  options: FaultOptions,
  random: Random,
  clock: Clock,
  backend: Backend,
): () => void {
  const timers = new Set<Timer>();
  const after = (ms: number, run: () => void): void => {
    const timer = clock.after(ms, () => {
      timers.delete(timer);
      run();
    });
    timers.add(timer);
  };
  const plan = (name: string, fault: TimedFault | undefined, run: () => void): void => {
    for (const ms of drawTimes(fault, random.fork(name))) after(ms, run);
  };
  const { schedulerStall, pause, clockJump } = options;
  plan("restart", options.restart, () => backend.restart());
  plan("schedulerStall", schedulerStall, () =>
    backend.stallScheduler(schedulerStall?.ms ?? SCHEDULER_STALL_MS),
  );
  plan("clockJump", clockJump, () => backend.jumpClock(clockJump?.ms ?? CLOCK_JUMP_MS));
  plan("pause", pause, () => {
    backend.setPaused(true);
    // Not among the timers: a timeline that ends must not leave a deployment paused.
    clock.after(pause?.ms ?? PAUSE_MS, () => backend.setPaused(false));
  });
  options.deploy?.atMs?.forEach((ms, index) => after(ms, () => backend.deploy(index)));
  return () => {
    for (const timer of timers) clock.cancel(timer);
    timers.clear();
  };
}

/** Milliseconds from the start at which a fault happens. */
function drawTimes(fault: TimedFault | undefined, random: Random): number[] {
  const times = [...(fault?.atMs ?? [])];
  if (fault?.meanIntervalMs === undefined) return times;
  let elapsedMs = 0;
  for (let drawn = 0; drawn < (fault.count ?? 1); drawn += 1) {
    elapsedMs += random.exponential(fault.meanIntervalMs);
    times.push(elapsedMs);
  }
  return times;
}
