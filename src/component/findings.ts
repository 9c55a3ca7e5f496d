/**
 * What a diagnosis finds wrong, and what to do about it.
 *
 * Owns the codes, which are stable, and their texts. Pure: it judges a report.
 */
import { v, type Infer } from "convex/values";
import {
  FINDING_LATE_MS,
  GATE_PER_MS_DEFAULT,
  QUARANTINE_SHARD,
} from "../shared/constants.js";
import type { GateReport } from "./gateReports.js";

export const vFinding = v.object({
  code: v.string(),
  /** What is so, and what to call. */
  advice: v.string(),
  seat: v.optional(v.number()),
});
export type Finding = Infer<typeof vFinding>;

/** What is looked at of a report. */
type Report = {
  now: number;
  seats: {
    seat: number;
    state: string;
    shards: number[];
    notBefore?: number | undefined;
    slotsMax?: number | undefined;
    current: {
      job: string;
      jobError?: string | undefined;
      heartbeatAgeMs?: number | undefined;
    } | null;
  }[];
  busy: {
    shard: number;
    tasks: number;
    replays: number;
    dueTimers: number;
    callbacks: number;
    timerTrouble?: string | undefined;
  }[];
  paused: string[];
  parked: { definition: string; isPaused: boolean }[];
  parkedCallbacks: { error?: string | undefined }[];
  gates: GateReport[];
  isWatched: boolean;
};

/** Lists what an operator should know, the worst first. */
export function listFindings(report: Report): Finding[] {
  return [
    ...report.seats.flatMap((seat) => judgeSeat(report, seat)),
    ...judgeWatchdog(report),
    ...judgeWork(report),
    ...judgeParked(report),
    ...report.gates.flatMap(judgeGate),
  ];
}

function judgeSeat(report: Report, row: Report["seats"][number]): Finding[] {
  const { seat, state, current, notBefore = 0, slotsMax } = row;
  const found: Finding[] = [];
  const note = (code: string, advice: string) => found.push({ code, advice, seat });
  const isWaiting = report.busy.some(
    ({ shard, ...one }) =>
      row.shards.includes(shard) &&
      one.tasks + one.replays + one.dueTimers + one.callbacks > 0,
  );
  const isAlive = current?.job === "pending" || current?.job === "inProgress";
  if (current && !isAlive) {
    const why = current.jobError ?? `its job is ${current.job}`;
    note(
      "EXECUTOR_DEAD",
      `The executor on seat ${seat} is dead (${why}). The watchdog replaces it within a minute; startExecutors does at once.`,
    );
  } else if (current && (current.heartbeatAgeMs ?? 0) > FINDING_LATE_MS) {
    note(
      "EXECUTOR_SILENT",
      `The executor on seat ${seat} has committed nothing for ${current.heartbeatAgeMs} ms, though its job is ${current.job}. Is the scheduler out of slots, or the deployment paused?`,
    );
  }
  if (state === "stopped") {
    note(
      "SEAT_STOPPED",
      `Seat ${seat} is stopped${isWaiting ? ", and work waits on it" : ""}. resume {} starts it again.`,
    );
  } else if (!current && notBefore > report.now) {
    note(
      "SEAT_BACKS_OFF",
      `Seat ${seat} waits ${notBefore - report.now} ms after deaths of its executors. Look at their errors; startExecutors does not wait.`,
    );
  } else if (!current && isWaiting) {
    note(
      "SEAT_EMPTY",
      `Work waits on seat ${seat}, and nobody is there: call startExecutors.`,
    );
  }
  if (slotsMax !== undefined) {
    note(
      "SEAT_SHRUNK",
      `Executors on seat ${seat} have died by memory, so it runs ${slotsMax} steps at once. Lower slotsPerShard, or make large steps isolated.`,
    );
  }
  return found;
}

function judgeWatchdog({ seats, isWatched }: Report): Finding[] {
  if (isWatched || !seats.some(({ current }) => current)) return [];
  const advice =
    "No run of the watchdog is scheduled, so nobody would replace a dead executor: call startExecutors.";
  return [{ code: "WATCHDOG_MISSING", advice }];
}

function judgeWork({ busy }: Report): Finding[] {
  const found: Finding[] = [];
  const suspects = busy.find(({ shard }) => shard === QUARANTINE_SHARD);
  if (suspects) {
    const advice = `${suspects.replays} workflows are suspected to have ended their executor, and are tried apart. Those that did it fail with its error.`;
    found.push({ code: "QUARANTINE", advice });
  }
  const trouble = busy.find(({ timerTrouble }) => timerTrouble !== undefined);
  if (trouble) {
    const advice = `A timer on shard ${trouble.shard} cannot be fired: ${trouble.timerTrouble} It is tried again.`;
    found.push({ code: "TIMER_TROUBLE", advice });
  }
  return found;
}

function judgeParked({ paused, parked, parkedCallbacks }: Report): Finding[] {
  const found: Finding[] = [];
  for (const definition of paused) {
    const advice = `${definition} is paused. resume { definition: "${definition}" } lets it go on.`;
    found.push({ code: "PAUSED", advice });
  }
  const left = parked.find((one) => one.isPaused && !paused.includes(one.definition));
  if (left) {
    const advice = `Workflows of ${left.definition} are still parked by a pause that is over. If resume does not go on in the background, call it again.`;
    found.push({ code: "PAUSE_LEFTOVERS", advice });
  }
  const stuck = parked.filter(({ isPaused }) => !isPaused);
  if (stuck.length > 0) {
    const advice = `${stuck.length} workflows (or more) are parked, since their code could not run them. Deploy code that can, or call unpark.`;
    found.push({ code: "PARKED", advice });
  }
  const [callback] = parkedCallbacks;
  if (callback) {
    const advice = `${parkedCallbacks.length} callbacks (or more) have failed too often, one with: ${callback.error ?? "nothing said"}. Repair onComplete, then call retryOutbox.`;
    found.push({ code: "CALLBACKS_PARKED", advice });
  }
  return found;
}

/** A pause, a long closing, and a provider that takes less than the code believes. */
function judgeGate(gate: GateReport): Finding[] {
  const { key, paused, closedForMs = 0, limits, observed } = gate;
  const name = `gates:resume { "key": ${JSON.stringify(key)} }`;
  if (paused) {
    const advice = `Gate ${key} is paused: nobody passes. ${name} opens it.`;
    return [{ code: "GATE_PAUSED", advice }];
  }
  if (closedForMs > FINDING_LATE_MS) {
    const advice = `Gate ${key} is closed for ${closedForMs} ms more, since its provider asked for it. gates:clear opens it at once.`;
    return [{ code: "GATE_CLOSED", advice }];
  }
  const { rate, per = GATE_PER_MS_DEFAULT } = limits;
  if (!observed || rate === undefined || observed.rate / observed.per >= rate / per)
    return [];
  const advice = `Gate ${key} is declared to let ${rate} in ${per} ms through, but its provider takes ${observed.rate} a minute, as it said ${observed.agoMs} ms ago. The gate keeps to that; is it the limit you pay for?`;
  return [{ code: "GATE_BELOW_DECLARED", advice }];
}
