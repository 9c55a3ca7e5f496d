/** The scenarios together: nothing that executors do is left out of the sweep. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { applyOperation } from "../../src/component/operations.js";
import schema from "../../src/component/schema.js";
import { vCommitArgs } from "../../src/shared/commit.js";
import { Play, type Scenario } from "./play.js";

const seen = vi.hoisted(() => ({
  operations: new Set<string>(),
  functions: new Set<string>(),
  timers: new Set<string>(),
  /** What is being played. */
  scenario: "",
}));

vi.mock("../../src/shared/constants.js", async (load) => {
  const { lower } = await import("./lowered.js");
  return await lower(load, () => seen.scenario);
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
const COMPONENT = fileURLToPath(new URL("../../src/component/", import.meta.url));
/** Queries that executors have no part in; nothing follows from them. */
const SHOWN = [
  "gates:list",
  "operators:audit",
  "operators:diagnose",
  "workflows:list",
  "workflows:listSteps",
  "workflows:status",
].map((name) => `executor/${name}`);
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
    seen.scenario = scenario.name;
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

  test("call every function of the component, but for what only reads for people", async () => {
    const all = await listFunctions();
    expect(all.length).toBeGreaterThan(40);
    expect(missing(all, seen.functions).sort()).toEqual(SHOWN);
  });

  test("set timers of every kind", () => {
    const all = schema.tables.timers.validator.fields.kind.members.map(
      ({ value }) => value,
    );
    expect(missing(all, seen.timers)).toEqual([]);
  });
});

/** Lists the component's functions, by file and name. */
async function listFunctions(): Promise<string[]> {
  const names = readdirSync(COMPONENT).filter((name) => /^[a-zA-Z]+\.ts$/.test(name));
  const found = names.map(async (name) => {
    const module = (await import(`${COMPONENT}${name}`)) as Record<string, unknown>;
    return Object.entries(module)
      .filter(([, one]) => typeof one === "function" && "exportArgs" in one)
      .map(([key]) => `executor/${name.replace(".ts", "")}:${key}`);
  });
  return (await Promise.all(found)).flat();
}

function missing(all: readonly string[], those: ReadonlySet<string>): string[] {
  return all.filter((one) => !those.has(one));
}
