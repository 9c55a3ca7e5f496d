/**
 * The simulation's only access to time. A virtual clock drives it as well as the real one.
 */

/** Time as the simulation sees it. */
export interface Clock {
  /** Milliseconds since the epoch (virtual clocks may start anywhere). */
  now(): number;
  /**
   * Resolves after `ms`. Rejects with `signal.reason`, and only then, as soon as `signal`
   * is aborted; the timer must not outlive it.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock and timers. */
export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        // A signal may serve thousands of requests: a listener left behind is a leak.
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, ms);
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
};
