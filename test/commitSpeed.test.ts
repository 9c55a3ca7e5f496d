/**
 * How long one commit takes, on the modelled latencies of `sim/` without their spread: what
 * it reads, it reads together, before it writes.
 */
import { expect, test } from "vitest";
import type { Entry } from "../src/shared/commit.js";
import { LATENCY_DEFAULTS } from "../sim/latency/latency.js";
import { WorkApp, type Part } from "./harness/work.js";

const SETTLED = 50;
/** Rounds of reads for fifty claims and fifty steps, sixteen at a time, and the seat. */
const READ_ROUNDS_MAX = 9;

test("a commit that settles fifty steps reads them in batches before it writes", async () => {
  const app = new WorkApp({
    shards: 1,
    seats: 1,
    slotsPerShard: SETTLED,
    deployment: { class: "d1024", latency: { sigma: 0 } },
  });
  const settling: { ms: number; writes: number }[] = [];
  let startedAt = 0;
  app.faults.onCall = (name) => {
    if (name === "executor:commit") startedAt = app.now();
  };
  app.faults.onAnswer = (name, args) => {
    if (name !== "executor:commit") return;
    const { entries } = args as { entries: Entry[] };
    const writes = entries.flatMap(({ operations }) => operations.map(({ op }) => op));
    const isSettling = writes.every((op) => op === "settle" || op === "step");
    if (isSettling && writes.length >= SETTLED)
      settling.push({ ms: app.now() - startedAt, writes: writes.length + 1 });
  };

  const parts: Part[] = ["a", "b", "c"].map((key) => ({ kind: "work", key, ms: 5_000 }));
  const items = Array.from({ length: SETTLED }, () => ({ args: { parts } }));
  await app.startMany("main", items);
  await app.run();

  const { actionCallMs, functionStartMs, commitMs, writeMs, readMs, syscallMs } =
    LATENCY_DEFAULTS;
  const fixedMs = actionCallMs + functionStartMs + commitMs + syscallMs;
  expect(settling.length).toBeGreaterThan(1);
  for (const { ms, writes } of settling) {
    const readingMs = ms - fixedMs - writes * writeMs;
    expect(Math.ceil(readingMs / readMs)).toBeLessThanOrEqual(READ_ROUNDS_MAX);
  }
});
