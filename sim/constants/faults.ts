/** Defaults of faults that take time. None of them happens unless asked for. */

/** How much longer a slow syscall takes. */
export const SLOW_SYSCALL_FACTOR = 20;

/** How long the scheduler stalls: the 5 s after which it polls again (PLATFORM.md section 3). */
export const SCHEDULER_STALL_MS = 5_000;

/** How long a deployment stays paused. */
export const PAUSE_MS = 30_000;

/** How far the clock jumps: beyond the leases and timeouts that code sets in seconds. */
export const CLOCK_JUMP_MS = 60_000;

/** Chance that a commit under way survives a restart: both outcomes must be met often. */
export const COMMIT_SURVIVAL = 0.5;
