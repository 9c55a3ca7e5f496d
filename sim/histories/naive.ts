/**
 * The same programs on the simplest database there is: an array, one transaction at a time,
 * a copy of everything to go back to.
 *
 * Owns what a program means; it shares no code with the simulation but the steps.
 */
import type { Value } from "convex/values";
import { addedRank, FAILED, type Answers, type Step } from "./program.js";

/** A row; rows stand in the order in which they were inserted. */
export interface NaiveRow {
  readonly key: number;
  readonly rank: number;
}

export class NaiveDatabase {
  rows: NaiveRow[] = [];

  /** Runs a program; one that fails changes nothing. */
  run(steps: readonly Step[]): Answers {
    const before = this.rows;
    try {
      return this.#execute(steps);
    } catch (error) {
      this.rows = before;
      throw error;
    }
  }

  #execute(steps: readonly Step[]): Answers {
    const answers: Answers = [];
    for (const step of steps) answers.push(this.#step(step, answers));
    return answers;
  }

  #step(step: Step, before: Answers): Value {
    switch (step.do) {
      case "get":
        return this.#find(step.key)?.rank ?? null;
      case "range":
        return this.#range(step);
      case "put": {
        const row = this.#find(step.key);
        const next = { key: step.key, rank: step.rank };
        if (row) this.#replace(row, next);
        else this.rows = [...this.rows, next];
        return null;
      }
      case "insert":
        this.rows = [...this.rows, { key: step.key, rank: step.rank }];
        return null;
      case "add": {
        const row = this.#find(step.key);
        if (row) this.#replace(row, { ...row, rank: addedRank(row.rank, before) });
        return null;
      }
      case "remove": {
        const row = this.#find(step.key);
        this.rows = this.rows.filter((other) => other !== row);
        return row === undefined;
      }
      case "nested":
        return this.#nested(step);
      case "schedule":
        return null;
    }
  }

  #find(key: number): NaiveRow | undefined {
    const [row, ...others] = this.rows.filter((one) => one.key === key);
    if (others.length > 0)
      throw new Error("unique() query returned more than one result");
    return row;
  }

  #replace(row: NaiveRow, next: NaiveRow): void {
    this.rows = this.rows.map((one) => (one === row ? next : one));
  }

  #range({ from, to, take, desc }: Step & { do: "range" }): Value {
    const rows = this.rows
      .filter(({ rank }) => from <= rank && rank <= to)
      .sort((a, b) => a.rank - b.rank || a.key - b.key);
    if (desc) rows.reverse();
    return rows.slice(0, take).map(({ key, rank }) => [key, rank]);
  }

  #nested({ steps, fails }: Step & { do: "nested" }): Value {
    const before = this.rows;
    try {
      const answers = this.#execute(steps);
      if (fails) this.rows = before;
      return answers;
    } catch {
      this.rows = before;
      return FAILED;
    }
  }
}
