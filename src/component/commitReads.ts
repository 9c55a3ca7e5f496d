/**
 * What a commit reads before its first write.
 *
 * Owns the reading ahead: all points that the entries name, together. The platform runs up
 * to sixteen reads of a transaction at a time, but only those that nothing is written
 * between. What is read ahead is used once: a row that an operation has written since is
 * read again.
 */
import type { Entry, Operation } from "../shared/commit.js";
import { isFinished } from "../shared/model.js";
import { loadById, type Doc, type Id, type MutationCtx } from "./functions.js";
import { loadStep, requireStep, type Generation } from "./journal.js";
import { loadClaim } from "./queues.js";

/** Operations on a step that has its row. */
const NUMBERED: ReadonlySet<Operation["op"]> = new Set([
  "settle",
  "retry",
  "restart",
  "defer",
]);

/** A row that an operation takes: a task, or a signal that nobody holds. */
type Taken = Doc<"taskQueue"> | Doc<"replayQueue">;

export class CommitReads {
  readonly #steps = new Map<string, Doc<"steps">>();
  readonly #taken = new Map<string, Taken>();
  readonly #signals = new Map<string, Doc<"replayQueue">>();
  readonly #workflows = new Map<string, Doc<"workflows">>();
  readonly #endings = new Map<string, Doc<"workflows">["ending"]>();

  /** Reads ahead what the entries' operations will ask for. */
  async load(ctx: MutationCtx, entries: readonly Entry[]): Promise<void> {
    await Promise.all(
      entries.flatMap((entry) =>
        entry.operations.map(async (one) => await this.#loadFor(ctx, entry, one)),
      ),
    );
  }

  async #loadFor(ctx: MutationCtx, entry: Entry, operation: Operation): Promise<void> {
    const { op } = operation;
    if (op === "claimTask" || op === "claimReplay") {
      const row = await this.#loadTaken(ctx, operation);
      if (row) this.#taken.set(row._id, row);
    } else if (NUMBERED.has(op) && "number" in operation) {
      // By an index, which finds nothing for what is no id.
      const workflow = entry.workflow as Id<"workflows">;
      const of = { workflow, generation: entry.generation };
      const step = await loadStep(ctx, of, operation.number);
      if (step) this.#steps.set(nameOf(of, operation.number), step);
    } else if (op === "consume") {
      await Promise.all(operation.rows.map(async (row) => this.#loadSignal(ctx, row)));
    } else if (op === "finish") {
      const workflow = await loadById(ctx, "workflows", entry.workflow);
      if (workflow) this.#workflows.set(workflow._id, workflow);
    }
  }

  async #loadSignal(ctx: MutationCtx, row: string): Promise<void> {
    const signal = await loadById(ctx, "replayQueue", row);
    if (signal) this.#signals.set(row, signal);
  }

  /** Reads a row that is to be claimed; null if it is gone, or its workflow is held or over. */
  async #loadTaken(
    ctx: MutationCtx,
    operation: Extract<Operation, { op: "claimTask" | "claimReplay" }>,
  ): Promise<Taken | null> {
    if (operation.op === "claimTask")
      return await loadById(ctx, "taskQueue", operation.task);
    const row = await loadById(ctx, "replayQueue", operation.row);
    if (!row || (await loadClaim(ctx, row.workflow))) return null;
    // The signals of one that has ended stay until their page of leftovers is removed.
    const workflow = await ctx.db.get("workflows", row.workflow);
    if (!workflow || isFinished(workflow.state)) return null;
    this.#endings.set(workflow._id, workflow.ending);
    return row;
  }

  /** The row that an operation claims, if it may be claimed; no entry claims what another has. */
  takeRow(row: string): Taken | null {
    const taken = this.#taken.get(row);
    this.#taken.delete(row);
    return taken ?? null;
  }

  /** How a workflow is made to end that is to be claimed; no operation before imposes it. */
  endingOf(workflow: Id<"workflows">): Doc<"workflows">["ending"] {
    return this.#endings.get(workflow);
  }

  /**
   * The signals that a holder has seen, as far as they are still there (P2). By id, so that
   * one which came after its look is never ended with them.
   */
  takeSignals(rows: readonly string[]): Doc<"replayQueue">[] {
    const found = rows.flatMap((row) => this.#signals.get(row) ?? []);
    for (const row of rows) this.#signals.delete(row);
    return found;
  }

  /** A step that must be there. */
  async requireStep(
    ctx: MutationCtx,
    of: Generation,
    number: number,
  ): Promise<Doc<"steps">> {
    const name = nameOf(of, number);
    const step = this.#steps.get(name);
    this.#steps.delete(name);
    return step ?? (await requireStep(ctx, of, number));
  }

  /** Reads a workflow again that was written since. */
  forgetWorkflow(id: Id<"workflows">): void {
    this.#workflows.delete(id);
  }

  /** A workflow that is to end. */
  async takeWorkflow(
    ctx: MutationCtx,
    id: Id<"workflows">,
  ): Promise<Doc<"workflows"> | null> {
    const workflow = this.#workflows.get(id);
    this.#workflows.delete(id);
    return workflow ?? (await ctx.db.get("workflows", id));
  }
}

function nameOf({ workflow, generation }: Generation, number: number): string {
  return `${workflow}/${generation}/${number}`;
}
