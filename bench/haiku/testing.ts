/**
 * What the tests share: a clock that stands still until told, and builders of requests and
 * options. Used by tests only.
 */

import type { Clock } from "./clock.js";
import type { HaikuApi } from "./api.js";
import { DEFAULT_OPTIONS, type HaikuOptions, SIMULATED_API_KEY } from "./options.js";
import type { HaikuRequest } from "./protocol.js";

export const MODEL = "claude-haiku-4-5";

/** Answers at once and refuses nothing. */
export const INSTANT: Partial<HaikuOptions> = {
  latencyMedianMs: 0,
  latencySigma: 0,
  refusalMs: 0,
  rateLimit: null,
};

export const DOCUMENT = `# Harbour works

The harbour wall needs repair before winter. Engineers inspected the wall in May.

## Costs

The repair costs less than a new wall. Council and harbour share the costs.`;

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** A clock that moves only when a test says so. */
export class VirtualClock implements Clock {
  readonly sleepers = new Set<Sleeper>();
  #nowMs: number;
  #watchers: (() => void)[] = [];

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { dueMs: this.#nowMs + ms, wake: resolve };
      this.sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        if (this.sleepers.delete(sleeper)) reject(signal.reason as Error);
      });
      for (const watcher of this.#watchers.splice(0)) watcher();
    });
  }

  /** Resolves once `count` requests wait for their answer. */
  async whenSleeping(count: number): Promise<void> {
    while (this.sleepers.size < count) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  /** Moves on by `ms`, and wakes who is due, earliest first. */
  advance(ms: number): void {
    this.#nowMs += ms;
    const due = [...this.sleepers]
      .filter(({ dueMs }) => dueMs <= this.#nowMs)
      .sort((left, right) => left.dueMs - right.dueMs);
    for (const sleeper of due) {
      this.sleepers.delete(sleeper);
      sleeper.wake();
    }
  }

  /** Moves on to the earliest wake-up; false if nobody sleeps. */
  advanceToNext(): boolean {
    if (this.sleepers.size === 0) return false;
    const dueMs = Math.min(...[...this.sleepers].map((one) => one.dueMs));
    this.advance(Math.max(0, dueMs - this.#nowMs));
    return true;
  }
}

/** Builds options, by default {@link INSTANT}. */
export function buildOptions(overrides: Partial<HaikuOptions> = {}): HaikuOptions {
  return { ...DEFAULT_OPTIONS, ...INSTANT, ...overrides };
}

/** Builds a JSON body that is valid unless overridden; `undefined` removes a field. */
export function buildBody(overrides: Record<string, unknown> = {}): string {
  return JSON.stringify({
    model: MODEL,
    max_tokens: 1_000,
    system: "Task: keywords",
    messages: [{ role: "user", content: DOCUMENT }],
    ...overrides,
  });
}

/** Builds a request that is valid unless overridden. */
export function buildRequest(
  overrides: Partial<Omit<HaikuRequest, "headers">> & {
    readonly headers?: Record<string, string>;
  } = {},
): HaikuRequest {
  const body = overrides.body ?? buildBody();
  const headers = new Headers(
    overrides.headers ?? {
      "x-api-key": SIMULATED_API_KEY,
      "anthropic-version": "2023-06-01",
    },
  );
  return {
    method: "POST",
    path: "/v1/messages",
    bodyBytes: new TextEncoder().encode(body).byteLength,
    ...overrides,
    body,
    headers,
  };
}

/** Wraps an API so that a test can await the end of every request, however it ended. */
export function recordEnds(api: HaikuApi): {
  readonly api: HaikuApi;
  readonly ends: Promise<unknown>[];
} {
  const ends: Promise<unknown>[] = [];
  const handle: HaikuApi["handle"] = (request, signal) => {
    const end = api.handle(request, signal);
    ends.push(end.catch((error: unknown) => error));
    return end;
  };
  return { api: { ...api, handle }, ends };
}
