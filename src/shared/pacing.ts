/**
 * How fast an adaptive gate lets through: just below what its provider takes (P15).
 *
 * Owns the control law. Pure: no ctx, no clock. One step of it is taken with each allocation.
 *
 * Invariants:
 * - C1 The pace never exceeds the ceiling, nor the limit that was last told.
 * - C2 A limit that falls is in force at once; one that rises, at a pace that doubles a
 *   second. What is told by an older request than what is known changes nothing.
 * - C3 A refusal lowers the pace by PACE_CUT, at once and once: what was dealt before it was
 *   heeded and is refused later says nothing new, however late some executor uses it. One soon
 *   after that says that it was far too fast, and lowers it by PACE_CUT_AGAIN besides.
 * - C4 From there the pace rises along a cubic curve: soon near to what was refused, slowly
 *   past it, then faster. So a limit that nobody tells is met from below, and one that was
 *   raised is found in a few times PACE_RETURN_MS. It rises past what is told or declared
 *   never, and only while the pace is what holds others back.
 */
import { v, type Infer } from "convex/values";
import {
  GATE_LIMIT_MAX,
  GATE_RAMP_START,
  PACE_AGAIN_MS,
  PACE_CUT,
  PACE_CUT_AGAIN,
  PACE_FORGET_MS,
  PACE_MIN,
  PACE_RESERVE_MS,
  PACE_RETURN_MS,
  PACE_RISE,
  PACE_SPARE,
  PACE_STEP_MS_MAX,
  SECOND,
} from "./constants.js";
import { pickNewest, vToldLimit, type ToldLimit } from "./limits.js";

/** What a gate has learned. Weights are a second's. */
export const vPace = v.object({
  /** What it lets through, and since when that is so. */
  perSecond: v.number(),
  at: v.number(),
  /** What its provider has said last. */
  told: v.optional(vToldLimit),
  /**
   * The pace that was too fast, when that was heeded, how long requests may still be sent that
   * were let through before, and whether it was soon after another one.
   */
  refused: v.optional(
    v.object({
      perSecond: v.number(),
      at: v.number(),
      settleMs: v.number(),
      isAgain: v.boolean(),
    }),
  ),
  /** Milliseconds since then in which the pace held others back. */
  grownMs: v.number(),
});
export type Pace = Infer<typeof vPace>;

/** All that a step of the pace depends on. */
type PaceInput = {
  now: number;
  /** Weight a second that the code or an operator allows; Infinity for any. */
  ceiling: number;
  /** Whether the pace held others back since the last step. */
  isSaturated: boolean;
  /** What executors were told since, in any order, and more than once. */
  told: readonly ToldLimit[];
  /** When the newest request was sent that was refused; 0 if none was. */
  refusedAt: number;
  /** How long executors may use what was dealt before: as far ahead as it was dealt. */
  settleMs: number;
};

/** Takes a step: what the gate lets through from now on (C1 to C4). */
export function stepPace(before: Pace | null, input: PaceInput): Pace {
  const { now, ceiling } = input;
  const known = before && recall(before, now);
  const sinceMs = Math.min(PACE_STEP_MS_MAX, now - (known?.at ?? now));
  const told = listFresh(input.told, now).reduce(pickNewest, known?.told ?? null);
  const top = Math.min(ceiling, told?.perSecond ?? Infinity, GATE_LIMIT_MAX);
  const isBlind = ceiling === Infinity && !told;
  const memory = heed(known, { ...input, told, top, sinceMs });
  const last = known?.perSecond ?? (isBlind ? GATE_RAMP_START : top);
  const mayRise = input.isSaturated || !isBlind;
  const risen = last * PACE_RISE ** (mayRise ? sinceMs / SECOND : 0);
  const most = Math.min(
    top * computeShare(told),
    risen,
    computeRegrown(memory, told ? top : null),
  );
  const perSecond = Math.max(Math.min(PACE_MIN, top), most);
  return { ...memory, perSecond, at: now, ...(told ? { told } : {}) };
}

/** Drops what is too old, and moves what is still to come if the clock was set back. */
function recall(pace: Pace, now: number): Pace {
  const shiftMs = Math.max(0, pace.at - now);
  const move = <T extends { at: number }>(known: T | undefined): T | undefined => {
    if (!known || now - (known.at - shiftMs) > PACE_FORGET_MS) return undefined;
    return { ...known, at: known.at - shiftMs };
  };
  const { perSecond, grownMs } = pace;
  const told = move(pace.told);
  const refused = move(pace.refused);
  return {
    perSecond,
    grownMs,
    at: pace.at - shiftMs,
    ...(told ? { told } : {}),
    ...(refused ? { refused } : {}),
  };
}

function listFresh(told: readonly ToldLimit[], now: number): (ToldLimit | null)[] {
  return told
    .filter(({ at }) => now - at <= PACE_FORGET_MS)
    .map((one) => ({ ...one, at: Math.min(one.at, now) }));
}

type Memory = Pick<Pace, "refused" | "grownMs">;

/** What is known at a step beside what was known before. */
type Facts = Omit<PaceInput, "told"> & {
  told: ToldLimit | null;
  top: number;
  sinceMs: number;
};

/** Remembers a refusal, once; one from before a limit was raised is of no interest (C3). */
function heed(known: Pace | null, facts: Facts): Memory {
  const { now, refusedAt, settleMs, told, top } = facts;
  const { refused } = known ?? {};
  const isNew = refusedAt > (refused ? refused.at + refused.settleMs : 0);
  if (isNew && now - refusedAt <= PACE_FORGET_MS) {
    const pace = known?.perSecond ?? top;
    const isSoon = refused !== undefined && now - refused.at < PACE_AGAIN_MS;
    const isAgain = isSoon && pace <= top; // else it was a limit's fall
    const perSecond = Math.min(pace, top) * (isAgain ? 1 - PACE_CUT_AGAIN : 1);
    return { refused: { perSecond, at: now, settleMs, isAgain }, grownMs: 0 };
  }
  const grownMs = (known?.grownMs ?? 0) + (facts.isSaturated ? facts.sinceMs : 0);
  const before = known?.told?.perSecond ?? Infinity;
  const isRaised = refused && told && told.at > refused.at && told.perSecond > before;
  return !refused || isRaised ? { grownMs } : { refused, grownMs };
}

/** The share of a limit that is used: all of it, once the provider has something left over. */
function computeShare(told: ToldLimit | null): number {
  if (told?.remaining === undefined) return 1;
  const reserve = (told.perSecond * PACE_RESERVE_MS) / SECOND;
  return 1 - PACE_SPARE * (1 - Math.min(1, told.remaining / reserve));
}

/**
 * What may be tried so long after a refusal (C4). A first one does not refute what is told: the
 * provider had nothing saved up. Another one soon after does; somebody else may use it too.
 */
function computeRegrown({ refused, grownMs }: Memory, top: number | null): number {
  if (!refused) return Infinity;
  const from = top === null || refused.isAgain ? refused.perSecond : top;
  return from * (1 + PACE_CUT * ((grownMs - PACE_RETURN_MS) / PACE_RETURN_MS) ** 3);
}
