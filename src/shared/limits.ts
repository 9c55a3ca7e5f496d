/**
 * What a provider says of its limits, as the body of a step reports it.
 *
 * Owns the shape of a report and what of it can be used. Pure; a report never throws, since
 * the call that it tells of has succeeded.
 */
import { v, type Infer } from "convex/values";
import {
  GATE_LIMIT_MAX,
  GATE_PER_MS_DEFAULT,
  GATE_PER_MS_MAX,
  RETRY_AFTER_MS_MAX,
  SECOND,
} from "./constants.js";

/**
 * A provider's limit as its answer states it. All is optional, and what makes no sense is
 * ignored. In the unit of the gate's weights: requests, unless you weigh by something else.
 */
export type ProviderLimits = {
  /** What it lets through per `per`. */
  limit?: number | undefined;
  /** Milliseconds of `limit`, up to a day. Default one minute. */
  per?: number | undefined;
  /** What is left of it now; a bucket that fills steadily is assumed. */
  remaining?: number | undefined;
  /**
   * When nothing of it is used any more, in milliseconds since 1970. Only used if nothing is
   * left and no `limit` is stated: then the gate is closed until then.
   */
  resetAt?: number | undefined;
  /** How long it asks to be left alone, in milliseconds: closes the gate for all. */
  retryAfterMs?: number | undefined;
  /** When the request was sent. Default: when the attempt began. The newest request counts. */
  sentAt?: number | undefined;
};

/** What was said of a limit, by the answer to a request that was sent at `at`. */
export const vToldLimit = v.object({
  perSecond: v.number(),
  remaining: v.optional(v.number()),
  at: v.number(),
});
export type ToldLimit = Infer<typeof vToldLimit>;

/** Reads a report: what it says of the limit, and for how long the gate is to be closed. */
export function resolveLimitReport(
  report: ProviderLimits,
  { now, sentAt }: { now: number; sentAt: number },
): { told: ToldLimit | null; closeForMs: number | null; sentAt: number } {
  const given = (report ?? {}) as Record<string, unknown>;
  const limit = readAbove(given.limit, 0);
  const per = readAbove(given.per, 0) ?? GATE_PER_MS_DEFAULT;
  const remaining = readAbove(given.remaining, -1);
  const at = Math.min(now, readAbove(given.sentAt, 0) ?? sentAt);
  const told =
    limit === null || per > GATE_PER_MS_MAX
      ? null
      : {
          perSecond: Math.min(GATE_LIMIT_MAX, (limit * SECOND) / per),
          ...(remaining === null ? {} : { remaining: Math.max(0, remaining) }),
          at,
        };
  const isUsedUp = limit === null && remaining !== null && remaining < 1;
  const resetAt = isUsedUp ? readAbove(given.resetAt, now) : null;
  const closeForMs =
    readAbove(given.retryAfterMs, 0) ?? (resetAt === null ? null : resetAt - now);
  return {
    told,
    closeForMs: closeForMs && Math.min(closeForMs, RETRY_AFTER_MS_MAX),
    sentAt: at,
  };
}

function readAbove(value: unknown, min: number): number | null {
  return typeof value === "number" && Number.isFinite(value) && value > min
    ? value
    : null;
}

/**
 * Takes the newest of what was said: answers overtake each other, and an older one would undo
 * a change of the limit. Of equally old ones the lower limit.
 */
export function pickNewest(
  a: ToldLimit | null | undefined,
  b: ToldLimit | null | undefined,
): ToldLimit | null {
  if (!a || !b) return a ?? b ?? null;
  if (a.at !== b.at) return a.at > b.at ? a : b;
  return a.perSecond <= b.perSecond ? a : b;
}
