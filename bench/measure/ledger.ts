/**
 * What becomes durable: workflows and steps, noted at each commit of the embedded Convex.
 *
 * Owns these times. It watches commits from outside, which costs the deployment nothing.
 */
import type { Value } from "convex/values";
import type { Convex } from "../../sim/index.js";

/** What is known of one workflow; times are the backend's, NaN for what has not happened. */
export interface WorkflowTimes {
  readonly id: string;
  /** Its place in the order: when the mutation that created it began. */
  readonly createdAt: number;
  /** When it was durable. */
  readonly durableAt: number;
  /** When each step's row was durable, by number. */
  readonly steps: number[];
  endedAt: number;
  state: string;
  error: string | null;
}

type Row = Readonly<Record<string, Value>>;

/** What an engine's rows say: those of its tables `workflows` and `steps`. */
export interface RowReader {
  /** The path of the component that they belong to. */
  readonly component: string;
  workflow(row: Row): {
    readonly createdAt: number;
    /** `completed`, `failed`, `canceled`, or anything else while it goes on. */
    readonly state: string;
    readonly isEnded: boolean;
    readonly error: string | null;
  };
  step(row: Row): {
    readonly workflow: string;
    /** From 0, in the order of creation. */
    readonly number: number;
    readonly isSettled: boolean;
  };
}

export class Ledger {
  readonly #workflows = new Map<string, WorkflowTimes>();
  #ended = 0;
  /** When a workflow last ended, or a step became durable. */
  movedAt: number;
  stepsSettled = 0;
  #executors = 0;
  /** The most executors that ever were there at once. */
  executorsMax = 0;

  constructor(
    private readonly convex: Convex,
    private readonly reader: RowReader,
  ) {
    this.movedAt = convex.now();
    convex.onCommit((rows) => {
      for (const { component: place, table, before, after } of rows) {
        if (place !== this.reader.component) continue;
        if (table === "heartbeats") this.#noteExecutor(before === null, after === null);
        if (after === null) continue;
        if (table === "steps") this.#noteStep(before?.value, after.value);
        else if (table === "workflows") this.#noteWorkflow(after.value);
      }
    });
  }

  /** Workflows that have ended. */
  get ended(): number {
    return this.#ended;
  }

  get created(): number {
    return this.#workflows.size;
  }

  find(id: string): WorkflowTimes | undefined {
    return this.#workflows.get(id);
  }

  /** In the order of their creation. */
  list(): WorkflowTimes[] {
    return [...this.#workflows.values()].sort((a, b) => a.createdAt - b.createdAt);
  }

  #noteExecutor(begins: boolean, ends: boolean): void {
    if (!begins && !ends) return;
    this.#executors += begins ? 1 : -1;
    this.executorsMax = Math.max(this.executorsMax, this.#executors);
  }

  #noteWorkflow(row: Row): void {
    const id = row._id as string;
    const { createdAt, state, isEnded, error } = this.reader.workflow(row);
    const known = this.#workflows.get(id);
    if (!known) {
      this.#workflows.set(id, {
        id,
        createdAt,
        durableAt: this.convex.now(),
        steps: [],
        endedAt: NaN,
        state,
        error: null,
      });
      return;
    }
    known.state = state;
    if (!isEnded || !Number.isNaN(known.endedAt)) return;
    known.endedAt = this.movedAt = this.convex.now();
    known.error = error;
    this.#ended += 1;
  }

  #noteStep(before: Row | undefined, row: Row): void {
    this.movedAt = this.convex.now();
    const { workflow, number, isSettled } = this.reader.step(row);
    if (!before) {
      const times = this.#workflows.get(workflow);
      if (times) times.steps[number] = this.movedAt;
    }
    if (isSettled && !(before && this.reader.step(before).isSettled))
      this.stepsSettled += 1;
  }
}
