/**
 * A random app under random trouble: whatever happened, all comes to its end.
 *
 * `CHAOS_SEEDS=1-500 npx vitest run test/chaos` plays more; a failure names its seed.
 */
import { describe, expect, test } from "vitest";
import type { Play } from "../sweep/play.js";
import { playChaos } from "./chaos.js";

const [FIRST = 1, LAST = FIRST] = (process.env.CHAOS_SEEDS ?? "1-20")
  .split("-")
  .map(Number);
const SEEDS = Array.from({ length: LAST - FIRST + 1 }, (_, index) => FIRST + index);

/** Rows that are gone once all work is done. */
const EMPTIED = [
  "taskQueue",
  "replayQueue",
  "claims",
  "timers",
  "outbox",
  "gatePasses",
  "gateDemands",
  "gateGrants",
  "eventWaiters",
];

describe("after trouble of all kinds", () => {
  test.each(SEEDS)(
    "all is well: CHAOS_SEEDS=%d npx vitest run test/chaos",
    async (seed) => {
      const { play, ends } = await playChaos(seed);

      expect(play.watch.violations).toEqual([]);
      expect(await play.audit()).toEqual([]);
      expect(play.isWorkLeft).toBe(false);
      const left = EMPTIED.filter((table) => play.rows(table).length > 0);
      expect(left).toEqual([]);
      expect(play.trouble).toEqual([]);
      expect(effects(play)).toEqual(settledCharges(play));
      expect(listTwice(play)).toEqual([]);
      expect(countCallbacks(play)).toEqual(Object.fromEntries(ends));
      const jobs = play.jobs().map(({ state }) => state.kind);
      expect(jobs.filter((kind) => kind === "pending" || kind === "inProgress")).toEqual(
        [],
      );
    },
  );
});

function effects(play: Play): string[] {
  return play
    .rows<{ key: string }>("effects", "")
    .map(({ key }) => key)
    .sort();
}

interface Step {
  readonly kind: string;
  readonly name: string;
  readonly outcome?: { readonly kind: string; readonly value?: unknown };
}

/** What mutation steps say they have written. */
function settledCharges(play: Play): string[] {
  return play
    .rows<Step>("steps")
    .filter(({ kind, outcome }) => kind === "mutation" && outcome?.kind === "completed")
    .map(({ outcome }) => outcome!.value as string)
    .sort();
}

/** Steps at most once that ran more often than there are generations with such a step. */
function listTwice(play: Play): string[] {
  const steps = play.rows<Step>("steps");
  return [...play.ledger.attempts]
    .filter(([key]) => key.endsWith(" once"))
    .filter(([key, count]) => count > steps.filter(({ name }) => name === key).length)
    .map(([key]) => key);
}

/** How often the callback of each workflow has run. */
function countCallbacks(play: Play): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { call } of play.rows<{ call: string }>("callbacks", ""))
    counts[call] = (counts[call] ?? 0) + 1;
  return counts;
}
