/**
 * `@convex-dev/workflow` on `@convex-dev/workpool`, as they are published, as an engine of the
 * benchmark.
 *
 * Owns how wide its pool is, and what its rows mean. Ends are read from its own table, which
 * costs it nothing: `onComplete` would be a mutation more for each workflow.
 */
import { createRequire } from "node:module";
import { loadSource } from "../../demo/backend/example.js";
import { componentOf } from "../../demo/backend/modules.js";
import type { Convex } from "../../sim/index.js";
import { buildWorkflowApp } from "../app/workflowApp.js";
import type { RowReader } from "../measure/ledger.js";
import type { Engine } from "./engine.js";

/**
 * "On a Pro account, avoid exceeding a total of 100 across all your workflows and workpools":
 * README of workflow, "Specifying step parallelism"; `MAX_PARALLELISM_SOFT_LIMIT` in
 * src/component/config.ts of workpool, beyond which it warns.
 */
const PARALLELISM_ADVISED = 100;
/** `MAX_POSSIBLE_PARALLELISM` there, beyond which it throws. */
const PARALLELISM_MAX = 200;

/** Workflows that one mutation starts: each is a nested call, with some 30 operations. */
const START_PAGE = 25;

/** Characters of a logged line that tell what it is about. */
const LINE_LENGTH = 80;

const PATH = "workflow";
const POOL = `${PATH}/workpool`;
/** The action that runs up to 32 action steps at once; all others are started by the scheduler. */
const RUNNER = `${POOL}/worker:runBatch`;

/** Levels that a person would look at. */
const TROUBLE = new Set(["warn", "error"]);

type RunResult = { readonly kind: string; readonly error?: string };

const reader: RowReader = {
  component: PATH,
  workflow: (row) => {
    const result = row.runResult as RunResult | undefined;
    return {
      createdAt: row._creationTime as number,
      state: result?.kind === "success" ? "completed" : (result?.kind ?? "inProgress"),
      isEnded: result !== undefined,
      error: result?.error ?? null,
    };
  },
  step: (row) => ({
    workflow: row.workflowId as string,
    number: row.stepNumber as number,
    isSettled: (row.step as { inProgress: boolean }).inProgress === false,
  }),
};

/** An engine with a pool of so many. */
export function createWorkflowEngine(parallelism: number): Engine {
  const logged = new Map<string, number>();
  return {
    name: `@convex-dev/workflow ${readVersion("workflow")}, parallelism ${parallelism}`,
    startPage: START_PAGE,
    reader,
    functions: {
      callers: ["scheduler", RUNNER],
      commits: [`${POOL}/complete:complete`],
    },
    modelled: [
      `@convex-dev/workflow ${readVersion("workflow")} on @convex-dev/workpool ${readVersion("workpool")}, maxParallelism ${parallelism}`,
      "steps are actions or mutations of their own; actions are retried by the pool as by the executor",
      "no limiter before the calls: the pool is too narrow to reach the API's rate",
    ],
    deploy: async (parts) => ({
      app: buildWorkflowApp(parts, parallelism),
      components: {
        [PATH]: await loadSource(componentOf("@convex-dev/workflow")),
        [POOL]: await loadSource(componentOf("@convex-dev/workpool")),
        [`${POOL}/batchWorker`]: await loadSource(
          componentOf("@convex-dev/batch-worker"),
        ),
      },
      onLog: (name, { level, text }) => {
        if (!TROUBLE.has(level)) return;
        const line = `${name}: ${level} ${shorten(text)}`;
        logged.set(line, (logged.get(line) ?? 0) + 1);
      },
    }),
    describe: () => ({ shards: 1, slotsPerShard: parallelism, seats: 0 }),
    audit: (convex) => Promise.resolve(countLeftovers(convex)),
    logged,
  };
}

/** The advised width, and the widest. */
export const WORKFLOW_ENGINES: readonly Engine[] = [
  createWorkflowEngine(PARALLELISM_ADVISED),
  createWorkflowEngine(PARALLELISM_MAX),
];

/** Work that the pool still holds, steps that never ended, and callbacks that failed. */
function countLeftovers(convex: Convex): number {
  const steps = convex.rows(PATH, "steps").filter((row) => !reader.step(row).isSettled);
  const failures = convex.rows(PATH, "onCompleteFailures");
  return steps.length + failures.length + convex.rows(POOL, "work").length;
}

/** Without ids, numbers and stacks, so that lines of one kind count as one. */
function shorten(text: string): string {
  const [line] = text.slice(0, LINE_LENGTH).split("\n");
  return line!.replace(/\b[a-z0-9]{31,32}\b/g, "<id>").replace(/\d+/g, "#");
}

function readVersion(name: string): string {
  const require = createRequire(import.meta.url);
  const path = `@convex-dev/${name}/package.json`;
  return (require(path) as { version: string }).version;
}
