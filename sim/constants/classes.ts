/**
 * What a deployment of each class may do at once. Sources: docs.convex.dev
 * production/state/limits (S16 to D2048), convex-backend at 94a42c3d for "local":
 * crates/common/src/knobs.rs and self-hosted/docker/docker-compose.yml.
 */

const MiB = 1_024 * 1_024;

export interface ClassLimits {
  /** Functions of each kind that run at once; HTTP actions count as actions. */
  readonly queries: number;
  readonly mutations: number;
  readonly actions: number;
  readonly nodeActions: number;
  /** Scheduled functions that run at once, of all components; crons have as many again. */
  readonly scheduledJobs: number;
  /** Bytes of documents and index entries committed in any second. */
  readonly writeBytesPerSecond: number;
}

export type DeploymentClass = "s16" | "s256" | "d1024" | "d2048" | "local";

export const CLASS_LIMITS: Readonly<Record<DeploymentClass, ClassLimits>> = {
  s16: {
    queries: 16,
    mutations: 16,
    actions: 64,
    nodeActions: 64,
    scheduledJobs: 8,
    writeBytesPerSecond: 4 * MiB,
  },
  s256: {
    queries: 256,
    mutations: 256,
    actions: 512,
    nodeActions: 256,
    scheduledJobs: 256,
    writeBytesPerSecond: 8 * MiB,
  },
  d1024: {
    queries: 1_024,
    mutations: 512,
    actions: 1_024,
    nodeActions: 1_024,
    scheduledJobs: 512,
    writeBytesPerSecond: 32 * MiB,
  },
  d2048: {
    queries: 2_048,
    mutations: 1_024,
    actions: 2_048,
    nodeActions: 2_048,
    scheduledJobs: 1_024,
    writeBytesPerSecond: 64 * MiB,
  },
  // The compose file of the self-hosted backend; its bare binary allows 64 actions.
  local: {
    queries: 16,
    mutations: 16,
    actions: 16,
    nodeActions: 16,
    scheduledJobs: 8,
    writeBytesPerSecond: 4 * MiB,
  },
};

/** How long a query or a mutation waits for a permit; knobs.rs. */
export const TRANSACTION_PERMIT_WAIT_MS = 5_000;

/** How long an action does, unless the scheduler started it: that waits for ever. */
export const ACTION_PERMIT_WAIT_MS = 10_000;

/** Over how long written bytes are counted; `WRITE_THROUGHPUT_WINDOW` in knobs.rs. */
export const WRITE_THROUGHPUT_WINDOW_MS = 1_000;
