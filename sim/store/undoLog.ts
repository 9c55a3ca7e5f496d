/**
 * The writes of open nested levels, so that one can be taken back.
 *
 * Writes are applied at once and undone backwards, so scans never merge levels. Without an
 * open level nothing is kept.
 */
import type { TableAccess, Write } from "./tableAccess.js";

export interface Undo {
  readonly access: TableAccess;
  readonly id: string;
  readonly previous: Write | undefined;
}

interface Level {
  readonly start: number;
  readonly onRollback: (() => void) | null;
}

export class UndoLog {
  readonly #levels: Level[] = [];
  readonly #entries: Undo[] = [];

  get depth(): number {
    return this.#levels.length;
  }

  begin(onRollback: (() => void) | null): void {
    this.#levels.push({ start: this.#entries.length, onRollback });
  }

  add(entry: Undo): void {
    if (this.#levels.length > 0) {
      this.#entries.push(entry);
    }
  }

  /** The writes now belong to the level around it. */
  commit(): void {
    this.#end();
    if (this.#levels.length === 0) {
      this.#entries.length = 0;
    }
  }

  rollback(): void {
    const { start, onRollback } = this.#end();
    while (this.#entries.length > start) {
      const { access, id, previous } = this.#entries.pop()!;
      access.write(id, previous);
    }
    onRollback?.();
  }

  #end(): Level {
    const level = this.#levels.pop();
    if (level === undefined) {
      throw new Error("No nested level is open");
    }
    return level;
  }
}
