/** A run is a function of its seed, faults included, whatever process it runs in. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { runFaulty } from "./faulty.js";

const SCRIPT = fileURLToPath(new URL("./faulty.ts", import.meta.url));

/** Runs it in a process of its own. */
async function runElsewhere(
  seed: number,
): Promise<Awaited<ReturnType<typeof runFaulty>>> {
  const args = ["--import", "tsx", SCRIPT, String(seed)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Awaited<ReturnType<typeof runFaulty>>;
}

test("the same seed gives the same rows and the same trace in two processes", async () => {
  const [here, one, two] = await Promise.all([
    runFaulty(7),
    runElsewhere(7),
    runElsewhere(7),
  ]);
  expect(one).toEqual(two);
  expect(here).toEqual(one);
  // Each kind of fault has happened, or nothing would be shown.
  const kinds = ["crash", "conflict", "commitLost", "commitUnheard", "slowSyscall"];
  expect(Object.keys(here.faults)).toEqual(expect.arrayContaining(kinds));
});

test("another seed gives another run", async () => {
  const [one, two] = [await runFaulty(1), await runFaulty(2)];
  expect(one.trace).not.toBe(two.trace);
});
