/**
 * A provider with a rate limit, and the app whose calls it answers, for tests of pacing.
 *
 * Owns the provider's bucket, which a test may change in the middle, and its log of requests.
 * Refusals come after REFUSAL_MS with `retry-after` in whole seconds, as real ones do.
 */
import { v } from "convex/values";
import type {
  GateOption,
  InProcessActionCtx,
  ProviderLimits,
} from "../../src/client/index.js";
import { ref, TestApp, type AppOptions } from "./app.js";
import { CUT_AT, type Cuttable } from "./faults.js";
import { delay } from "./work.js";

const REFUSAL_MS = 50;
const SECOND = 1_000;

export type ProviderOptions = {
  /** Requests a second, steadily. */
  perSecond: number;
  /** Requests that it saves up. Default: those of a second. */
  capacity?: number;
  /** What is saved up at the start. Default 0. */
  level?: number;
  /** Whether its answers state the limit. Default true. */
  hasHeaders?: boolean;
  /** Of an admitted request. Default 2,000. */
  latencyMs?: number;
};

/** One request as it arrived. */
export type Arrival = { at: number; key: string; isAdmitted: boolean };

export class Provider {
  readonly arrivals: Arrival[] = [];
  perSecond: number;
  readonly latencyMs: number;
  readonly #hasHeaders: boolean;
  #capacity: number;
  #level: number;
  #updatedAt: number | null = null;

  constructor(options: ProviderOptions) {
    const { perSecond, capacity = perSecond, level = 0, hasHeaders = true } = options;
    this.perSecond = perSecond;
    this.#capacity = capacity;
    this.#level = level;
    this.#hasHeaders = hasHeaders;
    this.latencyMs = options.latencyMs ?? 2 * SECOND;
  }

  /** Changes the limit from now on. */
  change(now: number, perSecond: number, capacity = perSecond): void {
    this.#refill(now);
    this.perSecond = perSecond;
    this.#capacity = capacity;
    this.#level = Math.min(this.#level, capacity);
  }

  /** Admits a request or refuses it; answers what its headers will say. */
  admit(now: number, key: string): { isAdmitted: boolean; limits: ProviderLimits } {
    this.#refill(now);
    const isAdmitted = this.#level >= 1;
    if (isAdmitted) this.#level -= 1;
    this.arrivals.push({ at: now, key, isAdmitted });
    const missingMs = ((1 - this.#level) / this.perSecond) * SECOND;
    const stated = {
      limit: this.perSecond * 60,
      remaining: Math.floor(this.#level),
      resetAt: now + ((this.#capacity - this.#level) / this.perSecond) * SECOND,
    };
    return {
      isAdmitted,
      limits: {
        ...(this.#hasHeaders ? stated : {}),
        ...(isAdmitted ? {} : { retryAfterMs: Math.ceil(missingMs / SECOND) * SECOND }),
      },
    };
  }

  /** Requests that were refused, from a time on. */
  refused(from = 0, to = Infinity): number {
    return this.#count(false, from, to);
  }

  /** The share of what was there for the asking that was used, in a time. */
  used(from: number, to: number, perSecond = this.perSecond): number {
    return this.#count(true, from, to) / (((to - from) / SECOND) * perSecond);
  }

  #count(isAdmitted: boolean, from: number, to: number): number {
    return this.arrivals.filter(
      (one) => one.isAdmitted === isAdmitted && one.at >= from && one.at < to,
    ).length;
  }

  #refill(now: number): void {
    const sinceMs = Math.max(0, now - (this.#updatedAt ?? now));
    this.#updatedAt = now;
    const gained = (sinceMs * this.perSecond) / SECOND;
    this.#level = Math.min(this.#capacity, this.#level + gained);
  }
}

/** An app that makes one call per workflow, past one gate. */
export class PacingApp extends TestApp {
  constructor(
    readonly provider: Provider,
    gate: GateOption,
    options: AppOptions = {},
  ) {
    super({ slotsPerShard: 100, ...options }, (executor) => ({
      call: executor.action({
        args: { key: v.string() },
        handler: async (ctx, { key }) => await makeCall(provider, ctx, key),
      }),
      main: executor
        .define({ args: { key: v.string() } })
        .handler(async (step, { key }) => {
          await step.runAction(ref<"action">("call"), { key }, { gate });
        }),
    }));
  }

  /** Starts workflows `w0`, `w1`, … in this order. */
  async beginMany(count: number, prefix = "w"): Promise<void> {
    const page = 500;
    for (let from = 0; from < count; from += page) {
      const keys = Array.from(
        { length: Math.min(page, count - from) },
        (_, n) => `${prefix}${from + n}`,
      );
      await this.startMany(
        "main",
        keys.map((key) => ({ args: { key } })),
      );
    }
  }

  /** How the gate stands, as an operator sees it. */
  async gate(): Promise<Record<string, unknown>> {
    const { page } = await this.call<{ page: Record<string, unknown>[] }>(
      "query",
      this.component.gates.list,
    );
    return page[0]!;
  }
}

async function makeCall(
  provider: Provider,
  ctx: InProcessActionCtx,
  key: string,
): Promise<null> {
  const cutAt = (ctx as Cuttable)[CUT_AT] ?? (() => null);
  if (cutAt() !== null) return await new Promise<never>(() => undefined);
  const { isAdmitted, limits } = provider.admit(Date.now(), key);
  await delay(isAdmitted ? provider.latencyMs : REFUSAL_MS);
  ctx.reportLimits(limits);
  if (isAdmitted) return null;
  throw Object.assign(new Error("429"), { retryAfterMs: limits.retryAfterMs });
}
