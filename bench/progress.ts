/**
 * Shows how far a run is, with virtual and real time: a bar on a terminal, else a line every
 * few seconds. Looks at the machine's clock seldom, since it is called at each event.
 */
import { Presets, SingleBar } from "cli-progress";
import type { Fleet } from "./fleet.js";

/** Calls between two looks at the machine's clock. */
const LOOK_EVERY = 256;
/** Milliseconds between two updates of a bar, and between two plain lines. */
const BAR_MS = 200;
const LINE_MS = 10_000;
const MS_PER_SECOND = 1_000;

export interface Progress {
  show(fleet: Fleet): void;
  end(): void;
}

/** A bar or lines, whatever they are of. */
export interface ProgressView {
  /** Whether there is something new to show by now. */
  isDue(): boolean;
  /** How many have ended, and how that is said in a line. */
  show(ended: number, detail: string): void;
  end(): void;
}

/** Opens the view that fits where the output goes. */
export function openView(name: string, total: number): ProgressView {
  const bar = process.stdout.isTTY ? openBar(name, total) : null;
  const intervalMs = bar ? BAR_MS : LINE_MS;
  let shownAt = performance.now();
  return {
    isDue: () => performance.now() - shownAt >= intervalMs,
    show: (ended, detail) => {
      shownAt = performance.now();
      if (bar) bar.update(ended, { detail });
      else console.error(`${name}: ${ended} of ${total} ended; ${detail}`);
    },
    end: () => bar?.stop(),
  };
}

/** Shows a fleet's progress. */
export function openProgress(name: string, total: number): Progress {
  const startedAt = performance.now();
  const view = openView(name, total);
  let calls = 0;
  let beganAt: number | null = null;
  return {
    show: ({ ledger, clock }) => {
      beganAt ??= clock.now();
      calls += 1;
      if (calls % LOOK_EVERY !== 0 || !view.isDue()) return;
      const virtual = formatSeconds(clock.now() - beganAt);
      const real = formatSeconds(performance.now() - startedAt);
      view.show(
        ledger.ended,
        `${ledger.created} created; virtual ${virtual}, real ${real}`,
      );
    },
    end: () => view.end(),
  };
}

function openBar(name: string, total: number): SingleBar {
  const format = `${name} {bar} {value}/{total}  {detail}`;
  const bar = new SingleBar({ format, clearOnComplete: true }, Presets.shades_classic);
  bar.start(total, 0, { detail: "" });
  return bar;
}

function formatSeconds(ms: number): string {
  return `${Math.round(ms / MS_PER_SECOND)} s`;
}
