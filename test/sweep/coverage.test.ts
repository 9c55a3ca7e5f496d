/** The scenarios together: nothing that executors do is left out of the sweep. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test, vi } from "vitest";
import * as executor from "../../src/component/executor.js";
import type { applyOperation } from "../../src/component/operations.js";
import schema from "../../src/component/schema.js";
import { vCommitArgs } from "../../src/shared/commit.js";
import { Play, type Scenario } from "./play.js";
import { pressure } from "./scenarios/pressure.js";

const seen = vi.hoisted(() => ({
  operations: new Set<string>(),
  functions: new Set<string>(),
  timers: new Set<string>(),
}));

const memory = vi.hoisted(() => ({ isShort: false }));

// `pressure` alone is played with little memory, as in its own sweep.
vi.mock("../../src/shared/constants.js", async (load) => {
  const real = await load<{ HOT_BYTES_MAX: number }>();
  return {
    ...real,
    get HOT_BYTES_MAX() {
      return memory.isShort ? 64 * 1_024 : real.HOT_BYTES_MAX;
    },
  };
});

vi.mock("../../src/component/operations.js", async (load) => {
  const real = await load<{ applyOperation: typeof applyOperation }>();
  return {
    ...real,
    applyOperation: async (...args: Parameters<typeof applyOperation>) => {
      seen.operations.add(args[3].op);
      return await real.applyOperation(...args);
    },
  };
});

const DIRECTORY = fileURLToPath(new URL("scenarios/", import.meta.url));
/** Milliseconds; each scenario is played once. */
const TIMEOUT_MS = 5 * 60_000;

async function loadScenarios(): Promise<Scenario[]> {
  const files = readdirSync(DIRECTORY).filter((file) => file.endsWith(".ts"));
  const modules = await Promise.all(
    files.map(async (file) => (await import(`./scenarios/${file}`)) as object),
  );
  return modules.flatMap((module) =>
    Object.values(module).filter(
      (one): one is Scenario => typeof one === "object" && one !== null && "begin" in one,
    ),
  );
}

beforeAll(async () => {
  for (const scenario of await loadScenarios()) {
    const prepare = (convex: Play["convex"]) =>
      convex.onCommit((rows) => {
        for (const { component, table, before, after } of rows)
          if (component === "executor" && table === "timers" && !before && after)
            seen.timers.add(after.value.kind as string);
      });
    memory.isShort = scenario.name === pressure.name;
    const play = await Play.run(scenario, {}, { prepare });
    const { functions } = play.convex.metrics.snapshot();
    for (const name of Object.keys(functions)) seen.functions.add(name);
  }
}, TIMEOUT_MS);

describe("the scenarios of the sweep", () => {
  test("apply every operation of a commit", () => {
    const all = vCommitArgs.fields.entries.element.fields.operations.element.members.map(
      ({ fields }) => fields.op.value,
    );
    expect(missing(all, seen.operations)).toEqual([]);
  });

  test("call every function that executors have", () => {
    const all = Object.keys(executor).map(toPath);
    expect(all.length).toBeGreaterThan(10);
    expect(missing(all, seen.functions)).toEqual([]);
  });

  test("set timers of every kind", () => {
    const all = schema.tables.timers.validator.fields.kind.members.map(
      ({ value }) => value,
    );
    expect(missing(all, seen.timers)).toEqual([]);
  });
});

function missing(all: readonly string[], those: ReadonlySet<string>): string[] {
  return all.filter((one) => !those.has(one));
}

function toPath(name: string): string {
  return `executor/executor:${name}`;
}
