/**
 * Calls of functions from outside of transactions: by clients, by actions, by the scheduler.
 *
 * Owns the permits that a call needs, what it waits for, and how often it is tried again
 * (PLATFORM.md sections 1 and 2). A retry gives its permit back before it waits.
 */
import { CLIENT_BACKOFF, CLIENT_RETRIES_MAX } from "../constants/retries.js";
import { backoffDelay } from "../concurrency/backoff.js";
import type { Permit, Permits } from "../concurrency/permits.js";
import { runAction } from "./actions.js";
import { attemptMutation, attemptQuery, type Around } from "./attempts.js";
import {
  ConflictFailure,
  FunctionFailure,
  goneFailure,
  overloadFailure,
  permitFailure,
  writesFailure,
} from "./failure.js";
import { labelOf } from "./frame.js";
import type { FunctionKind } from "./code.js";
import { requireKind } from "./refusals.js";
import type { Call, Calls, Services } from "./services.js";

/** Permits by kind of function. */
export type PermitsByKind = Readonly<Record<"query" | "mutation" | "action", Permits>>;

export class FunctionCalls implements Calls {
  readonly #services: Services;
  readonly #permits: PermitsByKind;

  constructor(services: Services, permits: PermitsByKind) {
    this.#services = services;
    this.#permits = permits;
  }

  async query(call: Call): Promise<string> {
    this.#require(call, "query");
    return await this.#permitted("query", call, {}, () =>
      attemptQuery(this.#services, call),
    );
  }

  /** Tried again on conflicts and on too many writes; other trouble is the caller's. */
  async mutation(call: Call): Promise<string> {
    this.#require(call, "mutation");
    const { metrics, random, committer } = this.#services;
    for (let failures = 0; ; failures += 1) {
      try {
        return (await this.mutationOnce(call))!;
      } catch (error) {
        if (!isRetriable(error) || failures >= CLIENT_RETRIES_MAX) throw error;
        metrics.retry(labelOf(call.path));
        await this.wait(backoffDelay(CLIENT_BACKOFF, failures, random));
        // Or it would meet the same commit again.
        if (error instanceof ConflictFailure) await committer.settled(error.ts);
      }
    }
  }

  /**
   * One attempt; resolves to null if `around` found nothing to run. The permit is for the
   * function, not for its commit (`function_runner_execute` in crates/application/src/
   * application_function_runner/mod.rs at 94a42c3d).
   */
  async mutationOnce(call: Call, around: Around = {}): Promise<string | null> {
    if (this.#services.throughput.isExceeded) throw writesFailure();
    return await this.#permitted("mutation", call, {}, (permit) =>
      attemptMutation(this.#services, call, {
        ...around,
        after: (run) => {
          permit.release();
          around.after?.(run);
        },
      }),
    );
  }

  async action(call: Call, options: { waitsForPermit?: boolean } = {}): Promise<string> {
    this.#require(call, "action");
    const waitMs = options.waitsForPermit ? Infinity : undefined;
    return await this.#permitted("action", call, { waitMs }, () =>
      runAction(this.#services, call),
    );
  }

  #require(call: Call, kind: FunctionKind): void {
    const fn = call.fn ?? this.#services.code.function(call.path);
    requireKind(fn, kind);
  }

  wait(ms: number): Promise<void> {
    return new Promise<void>((resolve) => {
      this.#services.clock.after(ms, resolve);
    });
  }

  async #permitted<T>(
    kind: keyof PermitsByKind,
    call: Call,
    options: { waitMs?: number },
    body: (permit: Permit) => Promise<T>,
  ): Promise<T> {
    if (call.parent?.isEnded) throw goneFailure();
    const label = labelOf(call.path);
    const { faults, metrics, latency } = this.#services;
    const permits = this.#permits[kind];
    const fault = faults.atCall(label);
    if (fault === "permit") throw permitFailure(permits.limit, kind);
    if (fault === "overload") throw overloadFailure();
    const permit =
      permits.tryAcquire() ??
      (await permits.acquire({
        ...options,
        isAbandoned: () => call.parent?.isEnded === true,
      }));
    if (permit === "timeout") {
      if (call.parent?.isEnded) throw goneFailure();
      metrics.permitTimeout(label);
      throw permitFailure(permits.limit, kind);
    }
    try {
      metrics.permit(label, permit.waitedMs);
      const ms = latency.start();
      if (ms > 0) await this.wait(ms);
      if (call.parent?.isEnded) throw goneFailure();
      return await body(permit);
    } finally {
      permit.release();
    }
  }
}

/** Conflicts, and writes that came too fast: nothing was done, so doing it again is safe. */
export function isRetriable(error: unknown): boolean {
  if (!(error instanceof FunctionFailure)) return false;
  return error.kind === "conflict" || error.code === "TooManyWrites";
}
