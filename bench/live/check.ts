/**
 * Whether a deployment is fit for a run, before anything is spent.
 *
 * Owns what is asked of it and what is refused; changes nothing there.
 */
import type { FunctionReturnType } from "convex/server";
import { components, internal } from "../../example/convex/_generated/api.js";
import {
  SCHEDULER_SLOTS,
  SHARDS_DEFAULT,
  SLOTS_PER_SHARD_DEFAULT,
} from "../../src/shared/constants.js";
import { computeSeats, computeSlots, resolveClass } from "../../src/shared/layout.js";
import type { Deployment } from "./deployment.js";
import { HOW_TO_DEPLOY, LiveError } from "./errors.js";

/** The edition of `example/convex/bench.ts` that this program drives. */
const EDITION = 1;
const DEFINITION = "bench:main";
/** Scheduler slots of a seat: one serves, one may drain. */
const SLOTS_PER_SEAT = 2;
/** The watchdog's, for an instant. */
const SLOTS_OF_WATCHDOG = 1;
/** Calls of `diagnose`, each of which covers many shards. */
const PAGES_MAX = 100;

type Description = FunctionReturnType<typeof internal.bench.describe>;
type Diagnosis = FunctionReturnType<typeof components.executor.operators.diagnose>;

/** What is known of a deployment before a run. */
export interface Facts {
  readonly description: Description;
  /** Whether anything was ever started there, so that there is a layout. */
  readonly isConfigured: boolean;
  /** Whether any executor is stopped, as after `bumpEpoch`. */
  readonly isStopped: boolean;
  /** Workflows that wait or run, as far as they are counted. */
  readonly busy: number;
  readonly paused: readonly string[];
  readonly shards: number;
  readonly slotsPerShard: number;
  readonly seats: number;
  /** Steps at once over all seats. */
  readonly slots: number;
  /** Of the class. */
  readonly schedulerSlots: number;
}

/** Asks the deployment. Throws if it cannot be reached, or lacks what is called. */
export async function loadFacts(deployment: Deployment): Promise<Facts> {
  const description = await deployment.callOnce(internal.bench.describe, {});
  if (description.edition !== EDITION) {
    throw new LiveError(
      "missing",
      `bench.ts of ${deployment.url} is edition ${description.edition}, this program drives ${EDITION}.\n${HOW_TO_DEPLOY}`,
    );
  }
  const pages = await loadDiagnosis(deployment);
  const name = resolveClass(description.class);
  const shards = description.shards ?? SHARDS_DEFAULT;
  const slotsPerShard = description.slotsPerShard ?? SLOTS_PER_SHARD_DEFAULT;
  const seats = computeSeats(shards, name);
  const layout = { shards, served: shards, seats, slotsPerShard };
  const slots = Array.from({ length: seats }, (_, seat) => computeSlots(layout, seat));
  const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);
  return {
    description,
    isConfigured: pages[0]!.shards > 0,
    isStopped: pages[0]!.seats.some(({ state }) => state === "stopped"),
    busy: sum(
      pages.flatMap(({ busy }) =>
        busy.map(({ tasks, replays, claims }) => tasks + replays + claims),
      ),
    ),
    paused: pages[0]!.paused,
    shards,
    slotsPerShard,
    seats,
    slots: sum(slots),
    schedulerSlots: SCHEDULER_SLOTS[name],
  };
}

async function loadDiagnosis(deployment: Deployment): Promise<Diagnosis[]> {
  const { diagnose } = components.executor.operators;
  const pages: Diagnosis[] = [];
  let fromShard: number | null = 0;
  while (fromShard !== null && pages.length < PAGES_MAX) {
    const page: Diagnosis = await deployment.callOnce(diagnose, { fromShard });
    pages.push(page);
    fromShard = page.nextShard;
  }
  return pages;
}

/** Says why a run may not begin, a line each; none if it may. */
function listObstacles(facts: Facts, isResumed: boolean): string[] {
  const { description, seats, schedulerSlots, busy, paused } = facts;
  const { class: name, jobsRunning } = description;
  const needed = seats * SLOTS_PER_SEAT + SLOTS_OF_WATCHDOG;
  const free = schedulerSlots - jobsRunning;
  const found: (string | false)[] = [
    !description.hasApiKey &&
      "ANTHROPIC_API_KEY is not set on the deployment: npx convex env set ANTHROPIC_API_KEY …",
    description.requestsPerMinute === undefined &&
      "ANTHROPIC_REQUESTS_PER_MINUTE is not set on the deployment, so nothing would hold " +
        "calls below your limit: npx convex env set ANTHROPIC_REQUESTS_PER_MINUTE 4000 (or what yours is)",
    free < needed &&
      `class ${name} runs ${schedulerSlots} scheduled functions at once and ${jobsRunning} of ` +
        `the app's own run now; ${seats} executors need ${needed} slots, as each may overlap ` +
        "with its successor. Wait for those functions, or use a larger class.",
    paused.includes(DEFINITION) &&
      `${DEFINITION} is paused: npx convex run --component executor operators:resume '{ "definition": "${DEFINITION}" }'`,
    !isResumed &&
      busy > 0 &&
      `${busy} workflows or more wait or run there, which the figures would include. Wait for ` +
        "them; or go on with a run that was stopped (--resume …); or cancel them all: " +
        "npx convex run --component executor operators:cancelAll '{}'",
  ];
  return found.filter((line) => line !== false);
}

/** Refuses an unfit deployment, with all that is wrong with it. */
export function requireFit(url: string, facts: Facts, isResumed: boolean): void {
  const obstacles = listObstacles(facts, isResumed);
  if (obstacles.length === 0) return;
  const lines = obstacles.map((line) => `- ${line}`);
  throw new LiveError("unfit", `${url} is not ready:\n${lines.join("\n")}`);
}
