/**
 * When an executor counts as stuck whose job is still in progress (P8).
 *
 * Owns the decision, pure. It is made by change, not by age alone: the same heartbeat must be
 * seen in several looks in a row, which are a period apart. A clock that jumps ages every
 * heartbeat once; the next look sees that it has changed.
 */
import { QUIET_MS, SUSPECTS_MAX, TAKEOVER_LOOKS } from "./constants.js";

/** A sign of life as a look saw it: whose, on which seat, and when it was given. */
export type Sign<Executor extends string = string> = {
  seat: number;
  executor: Executor;
  at: number;
};
/** An executor that was quiet, and in how many looks in a row its sign was this one. */
export type Suspect<Executor extends string = string> = Sign<Executor> & {
  looks: number;
};

/** Says whether a sign of life is so old, or so far ahead, that its executor is suspected. */
export function isQuiet(at: number, nowMs: number): boolean {
  return Math.abs(nowMs - at) > QUIET_MS;
}

/**
 * Counts a look at some seats: who was quiet on them, and who has been for so many looks
 * that the seat is to be taken. Suspects on other seats are remembered as they are.
 */
export function countLook<Executor extends string>(
  suspects: readonly Suspect<Executor>[],
  quiet: readonly Sign<Executor>[],
  isLookedAt: (seat: number) => boolean,
): { suspects: Suspect<Executor>[]; stuck: Suspect<Executor>[] } {
  const known = new Map(suspects.map((suspect) => [suspect.executor, suspect]));
  const seen = quiet.map((sign) => {
    const before = known.get(sign.executor);
    return { ...sign, looks: before?.at === sign.at ? before.looks + 1 : 1 };
  });
  const stuck = seen.filter(({ looks }) => looks >= TAKEOVER_LOOKS);
  const others = suspects.filter(({ seat }) => !isLookedAt(seat));
  return { suspects: [...others, ...seen].slice(0, SUSPECTS_MAX), stuck };
}
