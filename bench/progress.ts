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

/** Opens the view that fits where the output goes. */
export function openProgress(name: string, total: number): Progress {
  const startedAt = performance.now();
  const bar = process.stdout.isTTY ? openBar(name, total) : null;
  const intervalMs = bar ? BAR_MS : LINE_MS;
  let calls = 0;
  let shownAt = startedAt;
  let beganAt: number | null = null;
  return {
    show: ({ ledger, clock }) => {
      beganAt ??= clock.now();
      calls += 1;
      if (calls % LOOK_EVERY !== 0) return;
      const now = performance.now();
      if (now - shownAt < intervalMs) return;
      shownAt = now;
      const virtual = formatSeconds(clock.now() - beganAt);
      const real = formatSeconds(now - startedAt);
      if (bar) bar.update(ledger.ended, { virtual, real });
      else {
        const { ended, created } = ledger;
        console.error(
          `${name}: ${ended} of ${created} ended; virtual ${virtual}, real ${real}`,
        );
      }
    },
    end: () => bar?.stop(),
  };
}

function openBar(name: string, total: number): SingleBar {
  const format = `${name} {bar} {value}/{total}  virtual {virtual}  real {real}`;
  const bar = new SingleBar({ format, clearOnComplete: true }, Presets.shades_classic);
  bar.start(total, 0, { virtual: "0 s", real: "0 s" });
  return bar;
}

function formatSeconds(ms: number): string {
  return `${Math.round(ms / MS_PER_SECOND)} s`;
}
