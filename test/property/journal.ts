/**
 * What the database holds of a run, and what a cold replay makes of it.
 *
 * Owns the reading of journals and the replay of one outside any executor: a handler on a
 * journal that somebody else wrote, at any later time, with nothing but its rows.
 */
import { setImmediate } from "node:timers";
import { buildRegistry } from "../../src/client/registry.js";
import { EndWatch } from "../../src/client/runtime/endWatch.js";
import { HotWorkflow } from "../../src/client/runtime/hot.js";
import { createStepContext } from "../../src/client/runtime/recorder.js";
import { createSandboxWorld, installSandbox } from "../../src/client/runtime/sandbox.js";
import type { JournalRow } from "../../src/client/runtime/model.js";
import type { Doc } from "../../src/component/functions.js";
import { describeEnd } from "../../src/shared/ends.js";
import { computeDigest } from "../../src/shared/digest.js";
import type { TestApp } from "../harness/app.js";
import { messageOf } from "./program.js";

/** A workflow with the rows of its generation, oldest first. */
export type Journal = {
  workflow: Doc<"workflows">;
  args: unknown;
  result: unknown;
  steps: Doc<"steps">[];
  /** Rows of the generations before. */
  former: Doc<"steps">[];
};

/** Reads every workflow's journal; steps first, so that none is of a workflow not read. */
export async function readJournals(app: TestApp): Promise<Journal[]> {
  const steps = await app.rows<Doc<"steps">>("steps");
  const workflows = await app.rows<Doc<"workflows">>("workflows");
  const payloads = await app.rows<Doc<"payloads">>("payloads");
  const values = new Map(payloads.map(({ _id, value }) => [_id, value as unknown]));
  return workflows.map((workflow) => {
    const own = steps.filter((step) => step.workflow === workflow._id);
    const isPresent = ({ generation }: Doc<"steps">) =>
      generation === workflow.generation;
    return {
      workflow,
      args: values.get(workflow.args),
      result: workflow.result && values.get(workflow.result),
      steps: own.filter(isPresent).sort((a, b) => a.number - b.number),
      former: own.filter((step) => !isPresent(step)),
    };
  });
}

/** How a workflow ended; see {@link summarizeOutcome}. */
export type OutcomeSummary = {
  state: string;
  result: unknown;
  error: string | undefined;
};
/** What any replay must find again; see {@link summarizeStep}. */
export type StepSummary = Pick<Doc<"steps">, "name" | "kind" | "digest" | "after"> & {
  outcome: string | undefined;
  settled: unknown;
};

/** How a workflow ended, without what legitimately differs between runs. */
export function summarizeOutcome({ workflow, result }: Journal): OutcomeSummary {
  const { state, error } = workflow;
  return { state, result, error: error && messageOf(new Error(error.message)) };
}

/** A row without times, attempts and ids. */
export function summarizeStep(step: Doc<"steps">): StepSummary {
  const { name, kind, digest, after, outcome } = step;
  const settled: unknown =
    outcome?.kind === "failed"
      ? messageOf(new Error(outcome.error.message))
      : outcome?.value;
  return { name, kind, digest, after, outcome: outcome?.kind, settled };
}

/** What a replay outside any executor came to. */
export type Replayed = {
  divergence: string | null;
  /** Steps that the handler asked for beyond the journal. */
  added: string[];
  /** What the handler returned or threw; null if it still waits. */
  ended: { state: "completed" | "failed"; result?: unknown; error?: string } | null;
};

/** Replays a journal as it is. */
export async function replay(app: TestApp, journal: Journal): Promise<Replayed> {
  return await replayRows(app, journal, journal.steps.map(toRow));
}

/**
 * Replays a finished workflow with exactly the settlements that its handler was given, in
 * the order in which it was given them. A last row stands for the end of the handler: it
 * carries the deliveries that came after the last step.
 */
export async function replayToEnd(app: TestApp, journal: Journal): Promise<Replayed> {
  const { steps, workflow } = journal;
  const last = { ...END, number: steps.length, after: workflow.after ?? [] };
  const delivered = new Set([...steps, last].flatMap(({ after }) => after));
  const rows = steps.map((step) => {
    const { outcome, settledAt, ...open } = toRow(step);
    return delivered.has(step.number) ? { ...open, outcome, settledAt } : open;
  });
  return await replayRows(app, journal, [...rows, last]);
}

const END: JournalRow = {
  number: 0,
  name: "end of the handler",
  kind: "sleep",
  digest: computeDigest(0),
  after: [],
  attempts: 1,
  failures: 0,
};

async function replayRows(
  app: TestApp,
  { workflow, args }: Journal,
  rows: JournalRow[],
): Promise<Replayed> {
  const registry = buildRegistry({ app: app.exports });
  const definition = registry.definitions.get(workflow.definition)!;
  let ended: Replayed["ended"] = null;
  const handler = async (hot: HotWorkflow) => {
    const step = createStepContext(hot, registry, {
      defaults: {},
      drainMs: Infinity,
      localMax: () => Infinity,
    });
    try {
      ended = {
        state: "completed",
        result: await definition.handler(step, args as never),
      };
    } catch (error) {
      ended = { state: "failed", error: messageOf(error) };
    }
    // Never answered, and part of the journal only where the handler had ended.
    await step.sleep(0, { name: END.name });
  };
  const world = createSandboxWorld({
    nowMs: workflow.startedAt!,
    seed: `${workflow._id}/${workflow.generation}`,
    log: () => undefined,
  });
  const hot = new HotWorkflow(identify(workflow), world, handler, 0, rows);
  const { ending } = workflow;
  hot.log.endWatch = new EndWatch(
    ending
      ? { at: ending.at, number: ending.number, error: describeEnd(ending.outcome) }
      : null,
  );
  await runTurns(hot);
  const added = hot.log.operations.flatMap((one) =>
    one.op === "step" ? [one.name] : [],
  );
  return {
    divergence: hot.divergence?.message ?? null,
    added: added.filter((name) => name !== END.name),
    ended,
  };
}

async function runTurns(hot: HotWorkflow): Promise<void> {
  installSandbox();
  while (hot.hasTurn) {
    hot.startTurn();
    // A macrotask: the turn's microtasks have drained.
    await new Promise<void>((resolve) => setImmediate(resolve));
    hot.endTurn();
  }
}

function identify({ _id, ...workflow }: Doc<"workflows">) {
  return { ...workflow, workflow: _id, queuedAt: 0, row: "" };
}

function toRow(step: Doc<"steps">): JournalRow {
  const { number, name, kind, digest, after, attempts, failures } = step;
  const { dueAt, outcome, settledAt } = step;
  return {
    number,
    name,
    kind,
    digest,
    after,
    attempts,
    failures,
    dueAt,
    outcome,
    settledAt,
  };
}
