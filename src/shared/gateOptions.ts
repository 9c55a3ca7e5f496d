/**
 * What a gate may be given as.
 *
 * Owns the checks of a gate's options, for steps, workflows and operators alike.
 */
import {
  GATE_LIMIT_MAX,
  GATE_PER_MS_DEFAULT,
  GATE_PER_MS_MAX,
  NAME_LENGTH_MAX,
} from "./constants.js";
import { executorError } from "./errors.js";
import type { GateLimits, GateUse } from "./gates.js";
import { checkRange, checkWhole } from "./ranges.js";

/**
 * A limit that all who name its key share, over all executors and workflows; whoever does
 * not fit waits, oldest workflow first, and holds no slot.
 */
export type GateOption = {
  /** What is limited: a provider, a tenant, an account. 1 to 512 characters. */
  key: string;
  /** Weight that may begin per `per`; up to 1,000,000. Default: no limit. */
  rate?: number;
  /** Milliseconds of `rate`, up to a day. Default one minute. */
  per?: number;
  /** Weight that may be under way at once; a whole number up to 1,000,000. Default: no limit. */
  concurrency?: number;
  /** What this one weighs: a whole number from 1, at most `rate` and `concurrency`. Default 1. */
  weight?: number;
};

/** Checks a gate and fills in its defaults; throws `INVALID_OPTIONS`. */
export function resolveGate(option: GateOption): GateUse {
  if (typeof option !== "object" || option === null) {
    throw executorError(
      "INVALID_OPTIONS",
      `gate is ${String(option)}; it must be an object such as { key: "anthropic", rate: 4_000 }.`,
      { option: "gate", actual: String(option) },
    );
  }
  const { key, rate, per, concurrency, weight = 1 } = option;
  checkKey(key);
  checkWhole("gate.weight", weight, 1, GATE_LIMIT_MAX);
  const limits = resolveLimits({ rate, per, concurrency });
  checkWeight(weight, limits);
  return { key, weight, limits };
}

/** What is heavier than all that a limit ever lets through is a mistake, not a long wait. */
function checkWeight(weight: number, { rate, per, concurrency }: GateLimits): void {
  const [name, most] =
    concurrency !== undefined && weight > concurrency
      ? ["gate.concurrency", concurrency]
      : ["gate.rate", Math.max(1, rate ?? Infinity)];
  if (weight <= most) return;
  const through = name === "gate.rate" ? `${rate} in ${per} ms` : `${most} at a time`;
  throw executorError(
    "INVALID_OPTIONS",
    `gate.weight is ${weight}, but the gate lets ${through} through: it would never fit. Lower the weight, or raise ${name}.`,
    { option: "gate.weight", actual: weight, limit: most },
  );
}

/** Checks limits and fills in the period; throws `INVALID_OPTIONS`. */
export function resolveLimits(limits: {
  rate?: number | undefined;
  per?: number | undefined;
  concurrency?: number | undefined;
}): GateLimits {
  const { rate, per = GATE_PER_MS_DEFAULT, concurrency } = limits;
  const resolved: GateLimits = {};
  if (rate !== undefined) {
    checkRange("gate.rate", rate, Number.MIN_VALUE, GATE_LIMIT_MAX);
    checkRange("gate.per", per, 1, GATE_PER_MS_MAX);
    resolved.rate = rate;
    resolved.per = per;
  } else if (limits.per !== undefined) {
    throw executorError(
      "INVALID_OPTIONS",
      `gate.per is ${limits.per} without a rate; give { rate, per }, or leave per out.`,
      { option: "gate.per", actual: limits.per },
    );
  }
  if (concurrency !== undefined) {
    checkWhole("gate.concurrency", concurrency, 1, GATE_LIMIT_MAX);
    resolved.concurrency = concurrency;
  }
  return resolved;
}

/** Throws `INVALID_OPTIONS` unless `key` can name a gate. */
export function checkKey(key: string): void {
  if (typeof key === "string" && key.length > 0 && key.length <= NAME_LENGTH_MAX) return;
  throw executorError(
    "INVALID_OPTIONS",
    `gate.key is ${JSON.stringify(key)?.slice(0, NAME_LENGTH_MAX)}; it must be a string of 1 to ${NAME_LENGTH_MAX} characters.`,
    { option: "gate.key" },
  );
}
