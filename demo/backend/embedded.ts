/**
 * The seam on this project's own embedded Convex (`sim/`): indexes, snapshots, write
 * conflicts, permits and a latency model, on virtual or real time.
 */
import {
  CLASS_LIMITS,
  createConvex,
  LATENCY_DEFAULTS,
  type Convex,
} from "../../sim/index.js";
import type { EmbeddedConvex } from "./backend.js";
import { loadExample } from "./example.js";
import { waitOn, type Time } from "./time.js";

/** What a new deployment is; the smallest. */
const CLASS = "s16";

export interface BackendOptions {
  readonly time: Time;
  /** Seed of ids, chance in functions and latencies. */
  readonly seed: number;
  /** What the app's functions find in `process.env`. */
  readonly env: Readonly<Record<string, string>>;
  /** What `fetch` is in actions. @defaultValue the machine's */
  readonly fetch?: typeof globalThis.fetch;
}

/** Starts the example with its components. */
export async function openEmbedded(options: BackendOptions): Promise<EmbeddedConvex> {
  const { time, seed, env, fetch } = options;
  const { clock } = time;
  const convex = await createConvex({
    ...(await loadExample(env)),
    clock,
    class: CLASS,
    seed,
    fetch,
  });
  const isIdle = () => convex.scheduler.running === 0 && !isJobDue(convex);
  return {
    query: async (reference, args) => await convex.query(reference, args),
    mutation: async (reference, args) => await convex.mutation(reference, args),
    now: () => convex.now(),
    sleep: async (ms, signal) => {
      // An abort ends the wait, and is no error to whoever waits.
      await clock.drive({ until: waitOn(clock, ms, signal).catch(() => {}) });
    },
    isIdle,
    waitUntilIdle: async (timeoutMs) => {
      await clock.drive({ until: isIdle, to: clock.now() + timeoutMs });
      return isIdle();
    },
    transactionsOf: (action) =>
      convex.metrics.transactionsOf(action).map(([name, count]) => ({ name, count })),
    conflicts: () => convex.metrics.total.conflicts,
    digest: () => convex.digest(),
    description: describe(time, seed),
  };
}

/** Whether a job could run by now. The watchdog's next look, some seconds ahead, is none. */
function isJobDue(convex: Convex): boolean {
  const jobs = convex.rows<Job>("executor", "_scheduled_functions");
  return jobs.some(
    ({ state, scheduledTime }) =>
      state.kind === "pending" && scheduledTime <= convex.now(),
  );
}

interface Job {
  readonly state: { readonly kind: string };
  readonly scheduledTime: number;
}

/** All of it is modelled, so all of it is told; `sim/constants/` says what is published. */
function describe({ isVirtual }: Time, seed: number): string[] {
  const { queries, mutations, actions, scheduledJobs } = CLASS_LIMITS[CLASS];
  const { readsPerBatchMax, sigma, ...delays } = LATENCY_DEFAULTS;
  const delay = (name: string, ms: number) => `${name.replace(/Ms$/, "")} ${ms}`;
  return [
    `embedded in this process, ${isVirtual ? "virtual" : "real"} time, seed ${seed}; all of this is modelled:`,
    `class ${CLASS}: ${queries} queries, ${mutations} mutations, ${actions} actions, ` +
      `${scheduledJobs} scheduled jobs at once`,
    `median ms: ${Object.entries(delays)
      .map(([name, ms]) => delay(name, ms))
      .join(", ")}`,
    `each log-normal, sigma ${sigma}; reads in batches of ${readsPerBatchMax}`,
  ];
}
