/**
 * The result of a live run, from what its workflows say of themselves. Pure.
 *
 * Owns what is known of a real deployment and what is not: that is null, and said.
 */
import type { CallTimes } from "../app/probe.js";
import { computePlannedBounds } from "../bounds.js";
import { judgeOrder, judgeOutcome } from "../criteria.js";
import { round } from "../measure/percentiles.js";
import { computeSeries } from "../measure/series.js";
import { summarizeRecords } from "../measure/summary.js";
import { computeRecord, type RawTimes } from "../measure/times.js";
import type { PlannedAttempt } from "../oracle.js";
import type { RateLimit } from "../haiku/index.js";
import {
  OWN_ENGINE,
  RESULT_VERSION,
  type ResultFile,
  type RunResult,
} from "../result.js";
import { ONE_TWO_ONE } from "../scenario.js";
import { haiku } from "../scenarios/haiku.js";
import { describeMachine } from "../sim/machine.js";
import type { Facts } from "./check.js";
import type { Seen } from "./drive.js";
import { priceTokens } from "./estimate.js";

const MS_PER_SECOND = 1_000;
const SECONDS_PER_MINUTE = 60;
/** The real API draws, and nobody can repeat it. */
const NO_SEED = 0;
/** First come, first completed; as of the simulated run. */
const RANK_CORRELATION_MIN = 0.99;

export interface LiveOutcome {
  readonly workflows: number;
  readonly facts: Facts;
  /** At least one; fewer than `workflows` if the run got stuck before. */
  readonly seen: readonly Seen[];
  readonly violations: number;
  readonly wallSeconds: number;
  readonly isResumed: boolean;
}

/** Makes the file of a run. Its name differs from the simulated one's: they do not compare. */
export function summarizeLive(outcome: LiveOutcome, command: string): ResultFile {
  const run = summarizeRun(outcome);
  return {
    version: RESULT_VERSION,
    scenario: `${haiku.name}-live`,
    engine: OWN_ENGINE,
    command,
    machine: describeMachine(),
    modelled: describeLive(outcome),
    runs: [run],
    criteria: [...judgeOutcome(run), ...judgeOrder(run, RANK_CORRELATION_MIN)],
  };
}

function describeLive({ facts, isResumed }: LiveOutcome): string[] {
  const { class: name, model, baseUrl } = facts.description;
  return [
    `a real deployment of class ${name}, real time; what follows says what is not measured there`,
    `API ${baseUrl ?? "api.anthropic.com"}, ${model}: it draws, so there is no seed, and 0 stands for none`,
    "not measured: transactions, documents, bytes and the bill; the processor's time of executors; what they hold; a digest",
    "times are those of the deployment's clocks, of a step the beginning of the transaction that wrote it",
    "of a call that was tried again the last attempt alone is known; what was before it counts as between attempts",
    "the oracle has the calls as long as they took, failed attempts of no time, and a bucket of one second of the rate",
    ...(isResumed
      ? [
          "the run was stopped and resumed: its makespan holds the time in which it stood still",
        ]
      : []),
  ];
}

function summarizeRun(outcome: LiveOutcome): RunResult {
  const { facts, workflows, violations } = outcome;
  const seen = outcome.seen.toSorted((a, b) => a.createdAt - b.createdAt);
  const beganAt = Math.min(...seen.map(({ createdAt }) => createdAt));
  const completed = seen.filter(isWhole).map(readTimes);
  const records = completed.map((one) => computeRecord(one, ONE_TWO_ONE, beganAt));
  const lastEnd = Math.max(0, ...records.map(({ endedMs }) => endedMs));
  const createdMs = records.map((one) => one.createdMs);
  const planned = {
    stages: ONE_TWO_ONE,
    slots: facts.slots,
    rateLimit: resolveBucket(facts),
    rateLimitChanges: [],
    plans: completed.map(({ calls }) => calls.map(planCall)),
  };
  const failed = seen.filter(({ state }) => state === "failed" || state === "canceled");
  const ended = seen.filter(({ state }) => state === "completed").length;
  const steps = seen.flatMap((one) => one.steps);
  const answers = steps.flatMap(({ answer }) => (answer ? [answer] : []));
  const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);
  const inputTokens = sum(answers.map((one) => one.inputTokens));
  const outputTokens = sum(answers.map((one) => one.outputTokens));
  return {
    seed: NO_SEED,
    setup: {
      workflows,
      stepsPerWorkflow: ONE_TWO_ONE.flat().length,
      class: facts.description.class,
      shards: facts.shards,
      slotsPerShard: facts.slotsPerShard,
      seats: facts.seats,
      ratePerMinute: facts.description.requestsPerMinute ?? null,
      rateChanges: [],
    },
    wallSeconds: outcome.wallSeconds,
    outcome: {
      completed: ended,
      failed: failed.length,
      stuck: workflows - ended - failed.length,
      stepsSettled: answers.length,
      attempts: sum(steps.map(({ attempts }) => attempts)),
      violations,
      firstError: failed[0]?.error ?? null,
    },
    makespan: {
      ms: round(lastEnd),
      createdMs: Math.max(0, ...seen.map(({ createdAt }) => round(createdAt - beganAt))),
      bounds:
        completed.length === 0 ? [] : computePlannedBounds(planned, lastEnd, createdMs),
    },
    ...summarizeRecords(records),
    series: computeLiveSeries(seen, beganAt, lastEnd),
    cost: null,
    cpu: null,
    accountedBytes: null,
    api: null,
    digest: null,
    extra: { inputTokens, outputTokens, apiUsd: priceTokens(inputTokens, outputTokens) },
  };
}

/** Completed, with an answer of each call. */
function isWhole({ state, finishedAt, steps }: Seen): boolean {
  const calls = ONE_TWO_ONE.flat().length;
  return (
    state === "completed" &&
    finishedAt !== undefined &&
    steps.length === calls &&
    steps.every(({ answer }) => answer !== undefined)
  );
}

function readTimes({ createdAt, finishedAt, steps }: Seen): RawTimes {
  return {
    createdAt,
    endedAt: finishedAt!,
    rows: steps.map(({ startedAt }) => startedAt),
    calls: steps.map(readCall),
  };
}

function readCall({ startedAt, attempts, answer }: Seen["steps"][number]): CallTimes {
  const { from, to } = answer!;
  return {
    firstStart: attempts > 1 ? startedAt : from,
    lastEnd: to,
    busyMs: to - from,
    attempts,
  };
}

/** What the calls as they were leave: failed attempts take a token, and no time. */
function planCall({ attempts, busyMs }: CallTimes): PlannedAttempt[] {
  const failed = Array.from({ length: attempts - 1 }, () => ({ ms: 0 }));
  return [...failed, { ms: Math.max(0, busyMs) }];
}

function resolveBucket({ description }: Facts): RateLimit | null {
  const { requestsPerMinute } = description;
  if (requestsPerMinute === undefined) return null;
  const capacityRequests = Math.max(
    1,
    Math.round(requestsPerMinute / SECONDS_PER_MINUTE),
  );
  return { requestsPerMinute, capacityRequests, initialRequests: 0 };
}

function computeLiveSeries(
  seen: readonly Seen[],
  beganAt: number,
  lastEnd: number,
): RunResult["series"] {
  const steps = seen.flatMap((one) => one.steps);
  const known = steps.flatMap(({ startedAt, answer }) =>
    answer ? [{ startedAt, ...answer }] : [],
  );
  return computeSeries({
    beganAt,
    endedAt: beganAt + lastEnd,
    intervals: known.map(({ from, to }) => [from, to]),
    queued: seen.map(({ createdAt, steps: [first] }) => [
      createdAt,
      first?.startedAt ?? Infinity,
    ]),
    waiting: known
      .filter(({ startedAt, from }) => from > startedAt)
      .map(({ startedAt, from }) => [startedAt, from]),
    starts: known.map(({ from }) => from),
    refusals: null,
    ends: seen.flatMap(({ state, finishedAt }) =>
      state === "completed" && finishedAt !== undefined ? [finishedAt] : [],
    ),
  });
}

/** Seconds of a time on the machine. */
export function toSeconds(ms: number): number {
  return round(ms / MS_PER_SECOND);
}
