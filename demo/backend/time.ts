/**
 * The time that a backend and the simulated API share: virtual, or the machine's.
 */
import { realClock, type Clock as ApiClock } from "../../bench/haiku/index.js";
import { RealClock, VirtualClock, type Clock } from "../../sim/index.js";

export interface Time {
  readonly isVirtual: boolean;
  /** For the backend. */
  readonly clock: Clock;
  /** For the simulated API: it waits, and leaves to others that time moves on. */
  readonly apiClock: ApiClock;
}

/** Virtual time moves only while somebody waits for the backend. */
export function openTime(kind: "virtual" | "real"): Time {
  if (kind === "real") {
    return { isVirtual: false, clock: new RealClock(), apiClock: realClock };
  }
  const clock = new VirtualClock();
  const sleep: ApiClock["sleep"] = (ms, signal) => waitOn(clock, ms, signal);
  return { isVirtual: true, clock, apiClock: { now: () => clock.now(), sleep } };
}

/** Resolves after `ms` of a clock's time; rejects with the signal's reason on an abort. */
export async function waitOn(
  clock: Clock,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => {
      clock.cancel(timer);
      reject(signal?.reason as Error);
    };
    const timer = clock.after(ms, () => {
      // A signal may serve many waits: a listener left behind is a leak.
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
