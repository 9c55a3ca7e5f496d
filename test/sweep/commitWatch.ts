/**
 * Invariants checked after every commit, from the rows that it touched.
 *
 * Owns a picture of the component's small tables, kept up with each commit, and checks what
 * a commit can have broken: cheap enough for thousands of commits.
 *
 * - I1, I2, I3: an unfinished workflow stands somewhere or waits for something that is
 *   there; a finished generation stands nowhere, and neither its state nor its result changes.
 * - I4: one row per step number, settled once, and its outcome stays.
 * - I5, I8: a claim's holder is known by its seat, and so is every heartbeat.
 * - I7: nothing is claimed while an older one has stood ready on its shard for longer than
 *   the scan can be old that chose it. One that waits at its own gate is overtaken (P15).
 */
import type { Convex } from "../../sim/index.js";
import { CANDIDATES_FRESH_MS } from "../../src/shared/constants.js";

type Rows = Parameters<Parameters<Convex["onCommit"]>[0]>[0];
type Row = Record<string, unknown> & { _id: string };
type Table = Map<string, Row>;

const FINISHED: readonly unknown[] = ["completed", "failed", "canceled"];
/** Milliseconds; a scan's candidates are looked up again when they are CANDIDATES_FRESH_MS old. */
const SCAN_OLD_MS = 2 * CANDIDATES_FRESH_MS;
const PLACES = ["taskQueue", "replayQueue", "claims"] as const;

export class CommitWatch {
  /** What was broken, and by which commit first. */
  readonly #violations = new Map<string, number>();
  /** Commits looked at. */
  commits = 0;
  readonly #gated: ReadonlySet<unknown>;
  readonly #tables = new Map<string, Table>();
  /** When each task was queued. */
  readonly #queuedAt = new Map<string, number>();

  /** Looks at every commit from now on; workflows of `gated` definitions have a gate. */
  constructor(
    private readonly convex: Convex,
    gated: readonly string[] = [],
  ) {
    this.#gated = new Set(gated);
    convex.onCommit((rows) => this.#look(rows));
  }

  /** What was broken, each with the number of the first such commit. */
  get violations(): string[] {
    return [...this.#violations].map(([what, commit]) => `commit ${commit}: ${what}`);
  }

  #look(rows: Rows): void {
    this.commits += 1;
    for (const { component, table, id, before, after } of rows) {
      if (component !== "executor") continue;
      const known = this.#table(table);
      if (after) known.set(id, after.value as Row);
      else known.delete(id);
      if (before) this.#checkHistory(table, before.value as Row, after?.value as Row);
    }
    this.#checkWorkflows();
    this.#checkSteps();
    this.#checkHolders();
    this.#checkOrder(rows);
  }

  #checkHistory(table: string, before: Row, after: Row | undefined): void {
    if (table === "workflows" && FINISHED.includes(before.state)) {
      // Cleaned up, or restarted: that is another generation.
      const isOther = !after || after.generation !== before.generation;
      const isSame = after?.state === before.state && after?.result === before.result;
      if (!isOther && !isSame)
        this.#report(`I2 workflow ${before._id} changed after its end`);
    }
    if (table === "steps" && before.outcome !== undefined) {
      const isSame =
        !after || JSON.stringify(after.outcome) === JSON.stringify(before.outcome);
      if (!isSame) this.#report(`I4 step ${before._id} changed its outcome`);
    }
  }

  #checkWorkflows(): void {
    const places = PLACES.map((table) => countBy(this.#table(table), "workflow"));
    const waiting = this.#listWaiting();
    for (const { _id, state } of this.#table("workflows").values()) {
      const [tasks = 0, replays = 0, claims = 0] = places.map((map) => map.get(_id) ?? 0);
      const isFinished = FINISHED.includes(state);
      const where = `${tasks} tasks, ${replays} replays, ${claims} claims`;
      if (isFinished && tasks + replays + claims > 0)
        this.#report(`I2 finished workflow ${_id} has ${where}`);
      const stands = tasks + replays + claims > 0 || waiting.has(_id);
      if (!isFinished && state !== "parked" && !stands)
        this.#report(`I1 ${String(state)} workflow ${_id} stands nowhere`);
      const isTwice = tasks > 1 || claims > 1;
      if (isTwice || (tasks > 0 && replays + claims > 0))
        this.#report(`I3 workflow ${_id} has ${where}`);
    }
  }

  /** Workflows that wait for something that is there: whoever ends it will signal them. */
  #listWaiting(): Set<unknown> {
    const waiting = new Set<unknown>();
    for (const table of ["timers", "eventWaiters"])
      for (const { workflow } of this.#table(table).values()) waiting.add(workflow);
    for (const step of this.#table("steps").values()) {
      if (step.outcome === undefined && this.#isOutside(step)) waiting.add(step.workflow);
    }
    return waiting;
  }

  /** Whether somebody who is there will settle an open step from outside. */
  #isOutside({ kind, child }: Row): boolean {
    if (kind === "isolated") return true;
    if (kind !== "workflow") return false;
    const state = this.#table("workflows").get(String(child))?.state;
    return state !== undefined && !FINISHED.includes(state);
  }

  #checkSteps(): void {
    const seen = new Set<string>();
    for (const step of this.#table("steps").values()) {
      const key = `${String(step.workflow)} ${String(step.generation)} ${String(step.number)}`;
      if (seen.has(key)) this.#report(`I4 two rows of step ${key}`);
      seen.add(key);
      if ((step.outcome === undefined) !== (step.settledAt === undefined))
        this.#report(`I4 step ${key} is half settled`);
    }
  }

  #checkHolders(): void {
    const known = new Set<unknown>();
    for (const { current, draining } of this.#table("seats").values()) {
      for (const one of [current, ...(draining as unknown[])]) {
        if (one) known.add((one as { executor: string }).executor);
      }
    }
    for (const { _id, executor } of this.#table("claims").values()) {
      if (!known.has(executor))
        this.#report(`I5 nobody knows the holder of claim ${_id}`);
    }
    for (const { _id } of this.#table("heartbeats").values()) {
      if (!known.has(_id)) this.#report(`I8 nobody knows executor ${_id}`);
    }
  }

  #checkOrder(rows: Rows): void {
    const now = this.convex.now();
    const claimed = new Set(
      rows
        .filter(({ table, before, after }) => table === "claims" && !before && after)
        .map(({ after }) => (after!.value as Row).workflow),
    );
    for (const { table, id, before, after } of rows) {
      if (table !== "taskQueue") continue;
      if (after) this.#queuedAt.set(id, now);
      else if (before) this.#checkTaken(before.value as Row, claimed, now);
    }
  }

  #checkTaken(taken: Row, claimed: ReadonlySet<unknown>, now: number): void {
    if (!claimed.has(taken.workflow)) return; // canceled, or set aside
    for (const waiting of this.#table("taskQueue").values()) {
      if (waiting.shard !== taken.shard || !isOlder(waiting, taken)) continue;
      if (this.#gated.has(waiting.definition)) continue;
      if (now - this.#queuedAt.get(waiting._id)! > SCAN_OLD_MS)
        this.#report(`I7 ${String(taken.workflow)} overtook ${String(waiting.workflow)}`);
    }
  }

  #table(name: string): Table {
    const known = this.#tables.get(name);
    if (known) return known;
    const created: Table = new Map();
    this.#tables.set(name, created);
    return created;
  }

  #report(message: string): void {
    if (!this.#violations.has(message)) this.#violations.set(message, this.commits);
  }
}

function isOlder(a: Row, b: Row): boolean {
  return Number(a.workflowCreatedAt) < Number(b.workflowCreatedAt);
}

function countBy(table: Table, field: string): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const row of table.values()) {
    counts.set(row[field], (counts.get(row[field]) ?? 0) + 1);
  }
  return counts;
}
