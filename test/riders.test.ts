/** Scans and trades ride with commits: what goes alone is counted, and what is lost is asked again (D2). */
import { describe, expect, test } from "vitest";
import { GATE_TRADE_MS, POLL_MS_MAX } from "../src/shared/constants.js";
import type { Riders } from "../src/component/riders.js";
import { GateApp } from "./harness/gateApp.js";
import { WorkApp, type Part } from "./harness/work.js";

type Commit = { seq: number; riders?: Riders };

const ONE_SEAT = { shards: 1, seats: 1, slotsPerShard: 8 };
const COUNT = 300;

/** Starts workflows of two steps, a second each. */
async function startPairs(app: WorkApp): Promise<void> {
  for (let n = 0; n < COUNT; n += 1) {
    const parts: Part[] = ["a", "b"].map((key) => ({
      kind: "work",
      key: `${key}${n}`,
      ms: 900 + ((n * 37) % 200),
    }));
    await app.begin(parts);
  }
}

/** Notes every commit that executors send. */
function watchCommits(app: WorkApp | GateApp): Commit[] {
  const commits: Commit[] = [];
  app.faults.onCall = (name, args) => {
    if (name === "executor:commit") commits.push(args as Commit);
  };
  return commits;
}

describe("an executor that commits often", () => {
  test("looks for work with its commits, and alone only before and after", async () => {
    const app = new WorkApp(ONE_SEAT);
    const commits = watchCommits(app);
    await startPairs(app);
    const from = app.now();
    await app.run();

    const seconds = (app.now() - from) / 1_000;
    expect(app.attempts).toHaveLength(2 * COUNT);
    const carried = commits.filter(({ riders }) => riders?.scan).length;
    expect(carried).toBeGreaterThan(seconds / 4);
    // Polled, it would look once a second: some 75 times.
    expect(seconds).toBeGreaterThan(60);
    expect(app.faults.count("executor:scan")).toBeLessThanOrEqual(25);
    expect(app.faults.count("executor:agenda")).toBeLessThanOrEqual(6);
  });

  test("keeps its slots full nevertheless, oldest first", async () => {
    const app = new WorkApp(ONE_SEAT);
    await startPairs(app);
    await app.run();

    const begun = app.order.filter((key) => key.startsWith("a"));
    expect(begun).toEqual(Array.from({ length: COUNT }, (_, n) => `a${n}`));
    const starts = app.attempts.map(({ startedAt }) => startedAt);
    const ends = app.attempts.map(({ endedAt }) => endedAt ?? Infinity);
    const busyMs = app.attempts.reduce(
      (sum, { startedAt, endedAt }) => sum + (endedAt ?? Infinity) - startedAt,
      0,
    );
    const allMs = Math.max(...ends) - Math.min(...starts);
    expect(busyMs / (8 * allMs)).toBeGreaterThan(0.98);
  });

  test("asks again what rode with a commit whose answer was lost, and sends that alone", async () => {
    const app = new WorkApp(ONE_SEAT);
    const commits = watchCommits(app);
    await startPairs(app);
    await app.runUntil(() => commits.some(({ riders }) => riders?.scan));
    app.faults.add({ on: "executor:commit", when: "after", times: 12 });
    await app.run();

    expect(app.attempts).toHaveLength(2 * COUNT);
    const repeated = commits.filter(
      ({ seq }, index) => index > 0 && commits[index - 1]!.seq === seq,
    );
    expect(repeated.length).toBeGreaterThanOrEqual(10);
    expect(repeated.filter(({ riders }) => riders)).toEqual([]);
  });
});

test("a scan that fails takes no commit with it, and goes alone until it is answered", async () => {
  const app = new WorkApp(ONE_SEAT);
  let failed = 0;
  const sent: Commit[] = [];
  app.faults.onCall = (name, args) => {
    if (name !== "executor:commit") return;
    const commit = args as Commit;
    sent.push(commit);
    if (!commit.riders?.scan) return;
    failed += 1;
    throw new Error("Too many reads in a single function execution");
  };
  await startPairs(app);
  await app.run();

  expect(app.attempts).toHaveLength(2 * COUNT);
  expect(failed).toBeGreaterThan(5);
  // Each is followed by the same commit without it, and not by an empty one in its place.
  for (const [index, { seq, riders }] of sent.entries())
    if (riders?.scan) expect(sent[index + 1]).toMatchObject({ seq });
  expect(app.faults.count("executor:scan")).toBeGreaterThanOrEqual(failed);
});

test("an executor with nothing else to do runs a child at once, however often it has committed", async () => {
  const app = new WorkApp(ONE_SEAT);
  const keys = Array.from({ length: 12 }, (_, n) => `w${n}`);
  await app.begin([
    ...keys.map((key): Part => ({ kind: "work", key, ms: 100 })),
    { kind: "child", parts: [{ kind: "work", key: "child", ms: 1 }] },
  ]);
  await app.run();

  const [last, child] = app.attempts.slice(-2);
  expect(app.order.at(-1)).toBe("child");
  expect(child!.startedAt - last!.endedAt!).toBeLessThanOrEqual(POLL_MS_MAX);
});

test("an executor that commits seldom looks for new work once a second", async () => {
  const app = new WorkApp(ONE_SEAT);
  await app.begin([{ kind: "work", key: "long", ms: 60_000 }]);
  await app.runFor(30_000);
  await app.begin([{ kind: "work", key: "new", ms: 1 }]);
  const from = app.now();
  await app.runUntil(() => app.order.includes("new"));

  expect(app.now() - from).toBeLessThanOrEqual(POLL_MS_MAX);
  await app.run();
});

describe("executors that share a rate", () => {
  test("trade with their commits, but for the one that allocates", async () => {
    const seats = 20;
    const app = new GateApp({ shards: seats, seats });
    const commits = watchCommits(app);
    const gate = { key: "g", rate: 20, per: 1_000 };
    await app.beginMany(1_500, { ms: 2_000, gate });
    await app.run();

    expect(await app.states()).toEqual({ completed: 1_500 });
    const seconds = (app.times.at(-1)! - app.times[0]!) / GATE_TRADE_MS;
    const riding = commits.filter(({ riders }) => riders?.trades.length).length;
    const alone = app.faults.count("executor:trade");
    // Alone, each would trade once a second, about as often as it has a step.
    expect(seats * seconds).toBeGreaterThan(1_400);
    expect(riding).toBeGreaterThan(alone);
    expect(alone).toBeLessThan(seconds + 10 * seats);
    // Nothing of the rate is lost by that.
    expect(seconds).toBeLessThan((1_500 / gate.rate) * 1.05);
  });
});
