/** The limits that a deployment enforces, all of them, as one struct. */
import type { TransactionLimits } from "../usage/usage.js";
import {
  CLASS_LIMITS,
  type ClassLimits,
  type DeploymentClass,
} from "../constants/classes.js";
import { ACTION_MS_MAX, SYSTEM_MS_MAX } from "../constants/runtime.js";
import { TRANSACTION_LIMITS } from "../constants/transactionLimits.js";

/** Limits of a deployment; tests may lower them. */
export interface Limits extends ClassLimits {
  readonly transaction: TransactionLimits;
  /** Milliseconds that an action may take. */
  readonly actionMs: number;
  /** Milliseconds that the syscalls of a transaction may take. */
  readonly systemMs: number;
}

/** The platform's limits for a class, with what differs. */
export function resolveLimits(
  deploymentClass: DeploymentClass,
  overrides: Partial<Limits> = {},
): Limits {
  return {
    ...CLASS_LIMITS[deploymentClass],
    actionMs: ACTION_MS_MAX,
    systemMs: SYSTEM_MS_MAX,
    ...overrides,
    transaction: { ...TRANSACTION_LIMITS, ...overrides.transaction },
  };
}
