/**
 * What the demo reads of the executor: workflows, steps and the audit, in bounded pages.
 */
import type { FunctionReturnType } from "convex/server";
import { components } from "../example/convex/_generated/api.js";
import type { EmbeddedConvex } from "./backend/backend.js";

const { workflows, operators } = components.executor;

export type Workflow = FunctionReturnType<typeof workflows.list>["page"][number];
export type Step = FunctionReturnType<typeof workflows.listSteps>["page"][number];
export type Violation = FunctionReturnType<typeof operators.audit>["violations"][number];

/** Rows of a page: one query of a tick reads no more. */
const PAGE_ROWS = 100;

/** How far the workflows are. */
export interface Progress {
  readonly finished: number;
  readonly failed: number;
  readonly running: number;
}

/** Says whether a workflow will not run any more. */
export function isFinished({ state }: Workflow): boolean {
  return state === "completed" || state === "failed" || state === "canceled";
}

/** Lists all workflows in the order of their creation. */
export async function listWorkflows(backend: EmbeddedConvex): Promise<Workflow[]> {
  return await readPages(async (cursor) => {
    const { page, cursor: next } = await readWorkflows(backend, cursor);
    return { rows: page, next };
  });
}

/** Lists a workflow's steps. */
export async function listSteps(backend: EmbeddedConvex, id: string): Promise<Step[]> {
  return await readPages(async (cursor) => {
    const answer = await backend.query(workflows.listSteps, { workflow: id, cursor });
    return { rows: answer.page, next: answer.cursor };
  });
}

/** Checks the invariants of everything stored. */
export async function auditAll(backend: EmbeddedConvex): Promise<Violation[]> {
  return await readPages(async (cursor) => {
    const answer = await backend.query(operators.audit, { cursor });
    return { rows: answer.violations, next: answer.cursor };
  });
}

/**
 * Follows workflows that finish roughly in the order of their creation, with two or three
 * queries a look however many there are: a page whose workflows have all finished is never
 * read again, and a page of which none has started is the last that is read.
 */
export class Follower {
  #cursor: string | null = null;
  #finished = 0;
  #failed = 0;

  constructor(private readonly backend: EmbeddedConvex) {}

  /** Looks once. */
  async look(): Promise<Progress> {
    let finished = this.#finished;
    let failed = this.#failed;
    let running = 0;
    let isFrontier = true;
    for (let cursor: string | null = this.#cursor; ;) {
      const { page, cursor: next }: WorkflowPage = await readWorkflows(
        this.backend,
        cursor,
      );
      finished += page.filter(isFinished).length;
      failed += page.filter(({ state }) => state === "failed").length;
      running += page.filter(({ state }) => state === "running").length;
      isFrontier &&= next !== null && page.every(isFinished);
      if (isFrontier) {
        this.#cursor = next;
        this.#finished = finished;
        this.#failed = failed;
      }
      const hasStarted = page.some(({ state }) => state !== "pending");
      if (next === null || !hasStarted) return { finished, failed, running };
      cursor = next;
    }
  }
}

type WorkflowPage = FunctionReturnType<typeof workflows.list>;

async function readWorkflows(
  backend: EmbeddedConvex,
  cursor: string | null,
): Promise<WorkflowPage> {
  return await backend.query(workflows.list, { cursor, limit: PAGE_ROWS });
}

async function readPages<Row>(
  read: (cursor: string | null) => Promise<{ rows: Row[]; next: string | null }>,
): Promise<Row[]> {
  const all: Row[] = [];
  for (let cursor: string | null = null; ;) {
    const { rows, next } = await read(cursor);
    all.push(...rows);
    if (next === null) return all;
    cursor = next;
  }
}
