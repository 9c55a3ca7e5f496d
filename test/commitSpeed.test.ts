/**
 * How long one commit takes, on the modelled latencies of `sim/` without their spread: what
 * it reads, it reads together, before it writes.
 */
import { expect, test } from "vitest";
import type { Riders } from "../src/component/riders.js";
import type { Entry, Operation } from "../src/shared/commit.js";
import { LATENCY_DEFAULTS } from "../sim/latency/latency.js";
import { WorkApp, type Part } from "./harness/work.js";

const WORKFLOWS = 50;
/** Documents that an operation writes here. */
const WRITES = { settle: 1, step: 1, finish: 3 };
/** Rounds of reads for fifty claims and fifty steps, sixteen at a time, and the seat. */
const READ_ROUNDS_MAX = 9;
/** Rounds for what fifty ends have to know more: the workflow, its mailbox and its signals. */
const END_ROUNDS_MAX = 11;

/** Rounds of the scan that rides with a commit, which reads after it. */
const SCAN_ROUNDS_MAX = 10;

/** How many rounds of reads each large commit takes that carries operations of these kinds alone. */
async function countRounds(kinds: Operation["op"][]): Promise<number[]> {
  const app = new WorkApp({
    shards: 1,
    seats: 1,
    slotsPerShard: WORKFLOWS,
    deployment: { class: "d1024", latency: { sigma: 0 } },
  });
  const { actionCallMs, functionStartMs, commitMs, writeMs, readMs, syscallMs } =
    LATENCY_DEFAULTS;
  const fixedMs = actionCallMs + functionStartMs + commitMs + syscallMs;
  const rounds: number[] = [];
  let startedAt = 0;
  app.faults.onCall = (name) => {
    if (name === "executor:commit") startedAt = app.now();
  };
  app.faults.onAnswer = (name, args) => {
    if (name !== "executor:commit") return;
    const operations = (args as { entries: Entry[] }).entries.flatMap(
      (entry) => entry.operations,
    );
    const isPure = operations.every(({ op }) => kinds.includes(op));
    if (!isPure || operations.length < WORKFLOWS) return;
    const writes = operations.map(({ op }) => WRITES[op as keyof typeof WRITES]);
    const writingMs = writes.reduce((sum, count) => sum + count, 1) * writeMs;
    const { riders } = args as { riders?: Riders };
    const scan = riders?.scan ? SCAN_ROUNDS_MAX : 0;
    rounds.push(Math.ceil((app.now() - startedAt - fixedMs - writingMs) / readMs) - scan);
  };

  const parts: Part[] = ["a", "b", "c"].map((key) => ({ kind: "work", key, ms: 5_000 }));
  const items = Array.from({ length: WORKFLOWS }, () => ({ args: { parts } }));
  await app.startMany("main", items);
  await app.run();
  return rounds;
}

test("a commit that settles fifty steps reads them in batches before it writes", async () => {
  const rounds = await countRounds(["settle", "step"]);

  expect(rounds.length).toBeGreaterThan(1);
  for (const one of rounds) expect(one).toBeLessThanOrEqual(READ_ROUNDS_MAX);
});

test("a commit that ends fifty workflows reads all that their ends have to know together", async () => {
  const rounds = await countRounds(["settle", "finish"]);

  expect(rounds.length).toBeGreaterThan(0);
  for (const one of rounds)
    expect(one).toBeLessThanOrEqual(READ_ROUNDS_MAX + END_ROUNDS_MAX);
});
