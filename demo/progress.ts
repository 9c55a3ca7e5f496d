/**
 * Shows progress: a bar on a terminal, else a plain line every few seconds.
 */
import { Presets, SingleBar } from "cli-progress";
import type { Progress } from "./workflows.js";

/** Milliseconds between two plain lines. */
const LINE_MS = 3_000;

export interface ProgressView {
  show(progress: Progress): void;
  end(): void;
}

/** Opens the view that fits where the output goes. */
export function openProgress(total: number): ProgressView {
  return process.stdout.isTTY ? openBar(total) : openLines(total);
}

function openBar(total: number): ProgressView {
  const format = "{bar} {value}/{total} reviewed, {running} running, {failed} failed";
  const bar = new SingleBar({ format, stopOnComplete: true }, Presets.shades_classic);
  bar.start(total, 0, { running: 0, failed: 0 });
  return {
    show: ({ finished, running, failed }) => bar.update(finished, { running, failed }),
    end: () => bar.stop(),
  };
}

function openLines(total: number): ProgressView {
  let printedAt = 0;
  return {
    show: ({ finished, running, failed }) => {
      const now = performance.now();
      if (now - printedAt < LINE_MS && finished < total) return;
      printedAt = now;
      console.log(`${finished}/${total} reviewed, ${running} running, ${failed} failed`);
    },
    end: () => {},
  };
}
