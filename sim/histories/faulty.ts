/**
 * A run in which everything goes wrong, as a program of its own: prints what came of it.
 *
 * `determinism.test.ts` starts it twice and compares.
 */
import fc from "fast-check";
import { actionGeneric, makeFunctionReference } from "convex/server";
import { createConvex } from "../index.js";
import { anyProgram, programs, schema, type Step } from "./program.js";

const CLIENTS = 8;
const PROGRAMS = 30;

const run = makeFunctionReference<"mutation", { steps: Step[] }>("programs:run");
const work = makeFunctionReference<"action", { all: Step[][] }>("programs:work");

/** Runs programs from actions, with pauses of chance, and survives what may be survived. */
const action = actionGeneric(async (ctx, { all }: { all: Step[][] }) => {
  for (const steps of all) {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
    await ctx.runMutation(run, { steps }).catch(() => null);
  }
});

/** Digests of the rows and the trace of a run with faults, all from one seed. */
export async function runFaulty(
  seed: number,
): Promise<{ digest: string; trace: string; events: number; faults: object }> {
  const convex = await createConvex({
    app: { schema, modules: { "programs.ts": { ...programs, work: action } } },
    seed,
    faults: {
      crash: { probability: 0.01 },
      conflict: { probability: 0.05 },
      commitLost: { probability: 0.03 },
      commitUnheard: { probability: 0.03 },
      permit: { probability: 0.01 },
      overload: { probability: 0.01 },
      slowSyscall: { probability: 0.02 },
      schedulerStall: { atMs: [300] },
      pause: { atMs: [700], ms: 200 },
      clockJump: { atMs: [900] },
      restart: { atMs: [1_100] },
    },
  });
  const sample = { seed, numRuns: PROGRAMS };
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      const all = fc.sample(anyProgram, { ...sample, seed: seed + client });
      await convex.action(work, { all }).catch(() => null);
    }),
  );
  await convex.runUntilIdle();
  return {
    digest: convex.digest(),
    trace: convex.trace.digest(),
    events: convex.trace.count,
    faults: convex.faults.counts,
  };
}

if (process.argv[1]?.endsWith("faulty.ts")) {
  process.stdout.write(JSON.stringify(await runFaulty(Number(process.argv[2]))));
}
