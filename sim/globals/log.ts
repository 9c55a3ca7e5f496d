/**
 * The log of one function, within the platform's bounds: `trace` in
 * crates/isolate/src/environment/action/mod.rs of convex-backend at 94a42c3d.
 */
import { inspect } from "node:util";

import { LOG_LINE_LENGTH_MAX, LOG_LINES_MAX } from "../constants/globals.js";
import { runWithoutGlobals } from "./globals.js";
import type { LogLevel, LogLine } from "./world.js";

export type LogSink = (line: LogLine) => void;

export class FunctionLog {
  #lines = 0;
  readonly #sink: LogSink | undefined;
  readonly #now: () => number;

  constructor(now: () => number, sink: LogSink | undefined) {
    this.#now = now;
    this.#sink = sink;
  }

  add(level: LogLevel, args: readonly unknown[]): void {
    this.#lines += 1;
    if (this.#sink === undefined || this.#lines > LOG_LINES_MAX) return;
    // The last line is kept for this notice.
    if (this.#lines === LOG_LINES_MAX) {
      const notice = `Log overflow (maximum ${LOG_LINES_MAX}). Remaining log lines omitted.`;
      this.#sink({ level: "error", text: notice, at: this.#now() });
      return;
    }
    const sink = this.#sink;
    // Outside: a sink may print, and inspection may run anybody's code.
    runWithoutGlobals(() => sink({ level, text: formatLine(args), at: this.#now() }));
  }
}

function formatLine(args: readonly unknown[]): string {
  return args
    .map((arg) => (typeof arg === "string" ? arg : inspect(arg)))
    .join(" ")
    .slice(0, LOG_LINE_LENGTH_MAX);
}
