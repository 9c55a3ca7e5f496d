/** When an executor looks for somebody idle, and when it measures how much it has to do (P18). */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { HELP_CALL_MS, HELP_LOOK_MS_MAX, MINUTE } from "../../shared/constants.js";
import type { Candidates } from "./candidates.js";
import { HelpCaller } from "./helpCaller.js";
import type { ExecutorState } from "./state.js";

const clock = vi.hoisted(() => ({ now: 0 }));
vi.mock("./sandbox.js", () => ({ real: { now: () => clock.now } }));

const READ_AHEAD = 10;
/** Milliseconds between two scans of an executor that has much to do. */
const SCAN_MS = 500;

/** What a scan finds: whether somebody is idle, and how many are at hand after it. */
type Found = { canCome: boolean; hasMoreTasks: boolean; atHand: number };

let looked: number[];
let measured: number[];
let called: number;

/** Lets an executor with full slots scan for some minutes. */
function scanFor(minutes: number, find: (isMeasuring: boolean) => Found): void {
  const backend = { callHelp: async () => void (called += 1) };
  const signal = { notify: () => undefined };
  const hots = { list: () => [] };
  const state = { slots: READ_AHEAD, mode: "serving", backend, signal, hots };
  const caller = new HelpCaller(state as unknown as ExecutorState);
  const until = clock.now + minutes * MINUTE;
  for (; clock.now < until; clock.now += SCAN_MS) {
    const { isMeasuring } = caller;
    const asked = caller.ask(0, READ_AHEAD, READ_AHEAD);
    expect(asked.isMeasuring).toBe(isMeasuring);
    if (asked.help.callAbove !== null) (isMeasuring ? measured : looked).push(clock.now);
    const { atHand, ...found } = find(isMeasuring);
    const candidates = {
      ungated: atHand,
      trim: () => undefined,
      listShards: () => [{ shard: 0, skip: 0 }],
    };
    const answer = { isCalling: false, ...found };
    caller.take(answer, asked, candidates as unknown as Candidates, 0, READ_AHEAD);
  }
}

function pausesOf(times: readonly number[]): number[] {
  return times.slice(1).map((at, index) => at - times[index]!);
}

beforeEach(() => {
  clock.now = 1_000_000;
  looked = [];
  measured = [];
  called = 0;
});

describe("an executor that may be behind", () => {
  test("after it has measured and found nobody to help, looks again only after the pause", () => {
    // Somebody is idle at every look, but not any more when it has measured.
    scanFor(2, (isMeasuring) => ({
      canCome: !isMeasuring,
      hasMoreTasks: true,
      atHand: isMeasuring ? 3 * READ_AHEAD : READ_AHEAD - 1,
    }));

    expect(measured.length).toBeGreaterThan(20);
    // A look that has seen somebody is followed by a measure at once, and that by a pause.
    expect(looked).toHaveLength(measured.length);
    expect(measured).toEqual(looked.map((at) => at + SCAN_MS));
    expect(Math.min(...pausesOf(measured))).toBeGreaterThanOrEqual(HELP_CALL_MS);
    expect(called).toBe(0);
  });

  test("after it has measured that its queue is not too long, as well", () => {
    scanFor(2, (isMeasuring) => ({
      canCome: true,
      hasMoreTasks: !isMeasuring,
      atHand: READ_AHEAD - 1,
    }));

    expect(measured.length).toBeGreaterThan(20);
    expect(Math.min(...pausesOf(measured))).toBeGreaterThanOrEqual(HELP_CALL_MS);
    expect(called).toBe(0);
  });

  test("measures nothing while nobody is idle, and looks less and less often", () => {
    scanFor(2, () => ({ canCome: false, hasMoreTasks: true, atHand: 2 * READ_AHEAD }));

    expect(measured).toEqual([]);
    expect(pausesOf(looked).slice(0, 4)).toEqual([
      HELP_CALL_MS,
      2 * HELP_CALL_MS,
      HELP_LOOK_MS_MAX,
      HELP_LOOK_MS_MAX,
    ]);
    expect(called).toBe(0);
  });
});
