/**
 * What every run has to come to, whatever went wrong in it.
 *
 * Owns the judgement of a run as facts, so that a failure prints which one differs; and what
 * scenarios say of their workflows and effects.
 */
import { takeStaleViews } from "../harness/hotViews.js";
import { ENTRY } from "./app.js";
import type { Play, Scenario } from "./play.js";

/** What the platform says of an action whose machine went away. */
const CRASHED = "Transient error while executing action";

/** Tables that are empty once all work is done. */
const EMPTIED = ["taskQueue", "replayQueue", "claims", "timers", "outbox"] as const;

/** What is expected of {@link judge} for a scenario. */
export function expectation(scenario: Scenario): object {
  return {
    facts: scenario.expected,
    brokenByCommits: [],
    audit: [],
    staleViews: [],
    left: {},
    openJobs: [],
    failedJobs: [],
    load: { waiting: 0, running: 0 },
    twice: [],
    trouble: [],
    operated: 0,
  };
}

/** Judges a run. */
export async function judge(scenario: Scenario, play: Play): Promise<object> {
  const { waiting, running } = play.convex.scheduler;
  const jobs = play.jobs();
  const crashed = scenario.crashed ?? [ENTRY];
  return {
    facts: scenario.facts(play),
    brokenByCommits: play.watch.violations,
    audit: await play.audit(),
    staleViews: takeStaleViews(),
    left: countLeft(play),
    openJobs: jobs.filter(
      ({ state }) => state.kind === "pending" || state.kind === "inProgress",
    ),
    failedJobs: jobs.filter(
      ({ name, state }) =>
        state.kind === "failed" &&
        !scenario.dies?.test(state.error ?? "") &&
        !(state.error === CRASHED && crashed.some((label) => isOf(label, name))),
    ),
    load: { waiting, running },
    twice: (scenario.once ?? []).filter((key) => play.ledger.count(key) > 1),
    trouble: play.trouble,
    operated: play.operated,
  };
}

/** Whether a job is of a function: a job's name does not say of which component. */
function isOf(label: string, job: string): boolean {
  return label.split("/").at(-1) === job.replace(".js", "");
}

/** Rows that should be gone, by table. */
function countLeft(play: Play): Record<string, number> {
  const counts = EMPTIED.map((table) => [table, play.rows(table).length] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** How a workflow ended, under a name that every run gives it. */
export interface Ending {
  readonly name: string;
  readonly state: string;
  readonly result?: unknown;
  readonly error?: string;
}

interface WorkflowRow {
  readonly _id: string;
  readonly definition: string;
  readonly key?: string;
  readonly state: string;
  readonly generation: number;
  readonly parent?: { readonly workflow: string; readonly number: number };
  readonly result?: string;
  readonly error?: { readonly code?: string; readonly message: string };
}

/** How all workflows ended, by name: a workflow's key, a child's place in its parent. */
export function endings(play: Play): Ending[] {
  const workflows = new Map(play.rows<WorkflowRow>("workflows").map((w) => [w._id, w]));
  const values = new Map(
    play.rows<{ _id: string; value: unknown }>("payloads").map((p) => [p._id, p.value]),
  );
  const nameOf = ({ definition, key, parent }: WorkflowRow): string => {
    if (!parent) return key ?? definition;
    const above = workflows.get(parent.workflow);
    return `${above ? nameOf(above) : "gone"}/${parent.number}`;
  };
  return [...workflows.values()]
    .map((workflow) => ({
      name: nameOf(workflow),
      state: workflow.state,
      ...(workflow.result ? { result: values.get(workflow.result) } : {}),
      ...(workflow.error ? { error: workflow.error.code ?? workflow.error.message } : {}),
    }))
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

/** Keys of all effects, sorted: one for each committed run of a mutation step. */
export function effects(play: Play): string[] {
  return play
    .rows<{ key: string }>("effects", "")
    .map(({ key }) => key)
    .sort();
}

function sortKey({ name, state }: Ending): string {
  return `${name} ${state}`;
}
