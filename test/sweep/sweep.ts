/**
 * The sweep of a scenario: everything that can go wrong at one place, one place per run.
 *
 * Owns which places there are and the tests that go through them. Places come from runs in
 * which nothing goes wrong: before and after every operation of the host of every action
 * that may crash, and every call and commit of the component's functions. Between two
 * operations an action is alone with itself, so there is no other place to crash at that
 * anybody could tell.
 *
 * - `SWEEP=full` (`npm run sweep`) leaves nothing out; else PLACES_MAX of each kind are played.
 * - `SWEEP_SEED` is the seed of everything. `SWEEP_DOUBLE=1` adds a second crash to each run.
 */
import { stdout } from "node:process";
import { afterAll, describe, expect, test } from "vitest";
import { Random } from "../../sim/clock/random.js";
import { ENTRY } from "./app.js";
import { expectation, judge } from "./judge.js";
import type { Ledger } from "./ledger.js";
import { Play, SEED, type FaultOptions, type Scenario } from "./play.js";

const IS_FULL = process.env.SWEEP === "full";
const IS_DOUBLE = process.env.SWEEP_DOUBLE === "1";
/** Milliseconds; a test is many runs. */
const TIMEOUT_MS = 30 * 60_000;
/** Places of a kind that `npm test` plays of a scenario: evenly, from an offset by the seed. */
const PLACES_MAX = Number(process.env.SWEEP_PLACES ?? 24);
/** Attempts that the platform makes of a mutation before its caller hears of conflicts. */
const CONFLICTS = 5;

type Place = Play["convex"]["faults"]["crashPlaces"][number];

/** Faults of a call: refused before it began, or its commit lost, or done but unheard. */
const CALL_FAULTS = ["overload", "commitLost", "commitUnheard", "conflict"] as const;

type CallFault = (typeof CALL_FAULTS)[number];

/** Declares the tests of a scenario. */
export function sweepScenario(scenario: Scenario): void {
  const totals = { places: 0, played: 0, commits: 0 };
  afterAll(() => {
    const { places, played, commits } = totals;
    stdout.write(
      `sweep of ${scenario.name}: ${played} of ${places} places, ${commits} commits checked\n`,
    );
  });
  const sweep = async (places: readonly FaultOptions[]): Promise<void> => {
    totals.places += places.length;
    const stride = IS_FULL ? 1 : Math.ceil(places.length / PLACES_MAX);
    const calm = (await Play.run(scenario)).ledger;
    for (const [index, faults] of places.entries()) {
      if ((index + SEED) % stride !== 0) continue;
      const play = await Play.run(scenario, faults);
      await check(scenario, play, faults);
      const overdone = listOverdone(scenario, calm, play);
      expect(overdone, JSON.stringify(faults)).toEqual([]);
      totals.played += 1;
      totals.commits += play.watch.commits;
    }
  };

  describe(scenario.name, () => {
    test("comes to its end when nothing goes wrong", async () => {
      const play = await Play.run(scenario);
      await check(scenario, play, {});
    });

    test(
      "comes to the same end wherever it crashes",
      async () => {
        const places = await listPlaces(scenario);
        expect(places.length).toBeGreaterThan(0);
        await sweep(
          places.map((place) => ({ crash: { schedule: plan(place, places) } })),
        );
      },
      TIMEOUT_MS,
    );

    test.each(CALL_FAULTS)(
      "comes to the same end whichever call meets: %s",
      async (fault) => {
        await sweep(await listOccasions(scenario, fault));
      },
      TIMEOUT_MS,
    );
  });
}

async function check(
  scenario: Scenario,
  play: Play,
  faults: FaultOptions,
): Promise<void> {
  // A diff shows what differs alone: the place stands above it.
  expect(await judge(scenario, play), JSON.stringify(faults)).toEqual(
    expectation(scenario),
  );
}

/** What was attempted more often than a crash or a fault explains. */
function listOverdone(scenario: Scenario, calm: Ledger, { ledger }: Play): string[] {
  const extra = (scenario.extraAttempts ?? 1) * (IS_DOUBLE ? 2 : 1);
  return [...ledger.attempts]
    .filter(([key, count]) => count > calm.count(key) + extra)
    .map(([key, count]) => `${key}: ${count} times`);
}

/** Every place at which the actions of a calm run could have crashed. */
export async function listPlaces(scenario: Scenario): Promise<Place[]> {
  const calm = await Play.run(
    scenario,
    {},
    { prepare: ({ faults }) => faults.recordCrashPlaces() },
  );
  const crashed = scenario.crashed ?? [ENTRY];
  return calm.convex.faults.crashPlaces.filter((place) =>
    crashed.includes(place.function),
  );
}

/** The crashes of one run. */
function plan(place: Place, places: readonly Place[]): Place[] {
  if (!IS_DOUBLE) return [place];
  // Whoever takes over goes through places much like those of its predecessor.
  const random = new Random(SEED).fork(JSON.stringify(place));
  const other = places[Math.floor(random.next() * places.length)]!;
  const runs = Math.max(...places.map(({ run }) => run));
  return [place, { ...other, run: Math.min(other.run, runs) + 1 }];
}

/** Every occasion of a fault among the component's functions in a calm run. */
async function listOccasions(
  scenario: Scenario,
  fault: CallFault,
): Promise<FaultOptions[]> {
  const calm = await Play.run(
    scenario,
    {},
    { prepare: ({ faults }) => faults.recordOccasions() },
  );
  const counts = Object.entries(calm.convex.faults.occasions[fault] ?? {});
  return counts
    .filter(([name]) => name.startsWith("executor/"))
    .flatMap(([name, count]) =>
      Array.from({ length: count }, (_, index) => ({
        [fault]: { schedule: repeat(fault, name, index + 1) },
      })),
    );
}

/** A conflict is tried again by the platform; only so many in a row reach the caller. */
function repeat(fault: CallFault, name: string, first: number) {
  return Array.from({ length: fault === "conflict" ? CONFLICTS : 1 }, (_, index) => ({
    function: name,
    nth: first + index,
  }));
}
