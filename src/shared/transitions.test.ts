import { describe, expect, test } from "vitest";

import {
  TRANSITION_HOLD_MS,
  TRANSITION_LINE_BYTES_MAX,
  TRANSITION_LINE_MS,
  TRANSITION_LINES_BURST,
  TRANSITION_LINES_MAX,
} from "./constants.js";
import { TransitionLines } from "./transitionLines.js";
import {
  isLogged,
  LOG_LEVELS,
  toTraceIds,
  type Transition,
  type TransitionName,
} from "./transitions.js";

const ORIGIN = { seat: 3, executor: "k17executor" };
const STARTED: Transition = { event: "step.started", at: 0, workflow: "w", step: 0 };

type Line = { dropped?: Record<string, number>; events: Transition[] };

function parse(line: string | null): Line {
  expect(line).not.toBeNull();
  expect(new TextEncoder().encode(line!).length).toBeLessThanOrEqual(
    TRANSITION_LINE_BYTES_MAX,
  );
  return JSON.parse(line!) as Line;
}

describe("levels", () => {
  test("each prints what the one before it prints, and more", () => {
    const names: TransitionName[] = [
      "workflow.failed",
      "workflow.started",
      "step.settled",
    ];

    const printed = LOG_LEVELS.map((level) =>
      names.filter((one) => isLogged(one, level)),
    );

    expect(printed.map(({ length }) => length)).toEqual([0, 1, 2, 3]);
  });
});

describe("lines", () => {
  test("wait for company, then carry all of it, with who printed them", () => {
    const lines = new TransitionLines(ORIGIN, 0);
    lines.add(STARTED, 10);
    lines.add({ ...STARTED, step: 1 }, 20);

    expect(lines.take(10 + TRANSITION_HOLD_MS - 1)).toBeNull();
    const line = parse(lines.take(10 + TRANSITION_HOLD_MS));

    expect(line).toEqual({ ...ORIGIN, events: [STARTED, { ...STARTED, step: 1 }] });
    expect(lines.take(Infinity)).toBeNull();
    expect(lines.dueAt).toBeNull();
  });

  test("keep to the budget however much happens, and account for every transition", () => {
    const lines = new TransitionLines(ORIGIN, 0);
    const printed: string[] = [];
    let added = 0;
    for (let now = 0; now < 24 * 60_000; now += 50) {
      lines.add({ ...STARTED, step: added, name: "é".repeat(added % 90) }, now);
      added += 1;
      const line = lines.take(now);
      if (line !== null) printed.push(line);
    }
    const last = lines.close();
    if (last !== null) printed.push(last);

    const parsed = printed.map(parse);
    const told = parsed.reduce((sum, { events }) => sum + events.length, 0);
    const dropped = parsed.reduce(
      (sum, one) => sum + (one.dropped?.["step.started"] ?? 0),
      0,
    );
    expect(printed.length).toBeLessThanOrEqual(TRANSITION_LINES_MAX);
    expect(printed.length).toBeGreaterThan(TRANSITION_LINES_MAX / 2);
    expect(told + dropped).toBe(added);
    expect(dropped).toBeGreaterThan(0);
  });

  test("come at once in a burst, and at a steady pace after it", () => {
    const lines = new TransitionLines(ORIGIN, 0);
    const at: number[] = [];
    for (let now = 0; now <= TRANSITION_LINE_MS * 2; now += 100) {
      for (let n = 0; n < 100; n += 1) lines.add(STARTED, now); // more than a line holds
      if (lines.take(now) !== null) at.push(now);
    }

    const burst = Array.from({ length: TRANSITION_LINES_BURST }, (_, n) => n * 100);
    expect(at).toEqual([...burst, TRANSITION_LINE_MS, TRANSITION_LINE_MS * 2]);
  });

  test("leave one for the end, which prints what is left", () => {
    const lines = new TransitionLines(ORIGIN, 0);
    let printed = 0;
    for (let now = 0; printed < TRANSITION_LINES_MAX - 1; now += TRANSITION_LINE_MS) {
      lines.add(STARTED, now);
      if (lines.take(now + TRANSITION_HOLD_MS) !== null) printed += 1;
    }
    lines.add(STARTED, 0);

    expect(lines.take(Infinity)).toBeNull();
    expect(parse(lines.close()).events).toEqual([STARTED]);
    expect(lines.close()).toBeNull();
  });
});

describe("ids of OpenTelemetry", () => {
  const workflow = { workflow: "k17abc", generation: 2 };

  test("have the lengths it wants, and are the same for the same thing", () => {
    const ids = toTraceIds({ ...workflow, step: 4 });

    expect(ids.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(ids.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(toTraceIds({ ...workflow, step: 4 })).toEqual(ids);
  });

  test("put a step below its workflow, in the trace of its generation", () => {
    const root = toTraceIds(workflow);
    const step = toTraceIds({ ...workflow, step: 0 });
    const again = toTraceIds({ ...workflow, generation: 3 });

    expect(step).toMatchObject({ traceId: root.traceId, parentSpanId: root.spanId });
    expect(step.spanId).not.toBe(root.spanId);
    expect(again.traceId).not.toBe(root.traceId);
  });
});
