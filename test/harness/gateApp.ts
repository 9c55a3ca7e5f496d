/**
 * The app that tests of gates run: calls that are counted when they begin and end.
 *
 * Owns the workflows, and the log of the calls. A workflow makes its calls one after the
 * other, each past a gate or none; a call may be told to answer with a `retry-after`.
 */
import { v } from "convex/values";
import type {
  GateOption,
  InProcessActionCtx,
  StartOptions,
  WorkflowId,
} from "../../src/client/index.js";
import { ref, TestApp, type AppOptions } from "./app.js";
import { CUT_AT, type Cuttable } from "./faults.js";
import { delay } from "./work.js";

/** One call of a workflow. */
export type CallPlan = {
  key: string;
  ms?: number;
  gate?: GateOption;
  /** How often it answers `retry-after` first, and for how long. */
  refusals?: number;
  retryAfterMs?: number;
};

/** One call as it was made. */
export type Call = {
  key: string;
  gate: string | undefined;
  weight: number;
  startedAt: number;
  /** When it returned, or when its executor crashed; null while it runs. */
  readonly endedAt: number | null;
};

/** A log of calls, in a time that no jump of the clock touches. */
type Log = { calls: Call[]; jumpedMs: number };

export class GateApp extends TestApp {
  /** Calls in the order in which they began. */
  readonly calls: Call[];
  readonly #log: Log;

  constructor(options: AppOptions = {}, workflowGate?: GateOption) {
    const log: Log = { calls: [], jumpedMs: 0 };
    super({ slotsPerShard: 50, ...options }, (executor) => ({
      call: executor.action({
        args: { plan: v.any() },
        handler: async (ctx, { plan }) => await makeCall(log, ctx, plan as CallPlan),
      }),
      main: executor
        .define({
          args: { calls: v.array(v.any()) },
          ...(workflowGate ? { gate: workflowGate } : {}),
        })
        .handler(async (step, { calls: plans }) => {
          for (const plan of plans as CallPlan[]) {
            await step.runAction(
              ref<"action">("call"),
              { plan },
              { name: plan.key, ...(plan.gate ? { gate: plan.gate } : {}) },
            );
          }
        }),
    }));
    this.calls = log.calls;
    this.#log = log;
  }

  /** Sets the clock of the deployment ahead, or back; calls are logged as if it had not been. */
  async jumpClock(ms: number): Promise<void> {
    (await this.convex()).jumpClock(ms);
    this.#log.jumpedMs += ms;
  }

  /** The time of calls: the deployment's, less all jumps. */
  get steadyNow(): number {
    return this.now() - this.#log.jumpedMs;
  }

  /** Starts a workflow that makes these calls, one after the other. */
  async begin(plans: CallPlan[], options: StartOptions = {}): Promise<WorkflowId> {
    return await this.start("main", { calls: plans }, options);
  }

  /** Starts workflows `w0`, `w1`, … of one call each, in this order. */
  async beginMany(
    count: number,
    plan: Omit<CallPlan, "key">,
    prefix = "w",
  ): Promise<void> {
    const items = Array.from({ length: count }, (_, n) => ({
      args: { calls: [{ ...plan, key: `${prefix}${n}` }] },
    }));
    const page = 500;
    for (let from = 0; from < count; from += page) {
      await this.startMany("main", items.slice(from, from + page));
    }
  }

  /** Keys in the order in which their calls began. */
  get order(): string[] {
    return this.calls.map(({ key }) => key);
  }

  /** When calls began, relative to the first. */
  get times(): number[] {
    return this.calls.map(({ startedAt }) => startedAt - this.calls[0]!.startedAt);
  }

  /** The most weight that ever was under way at once. */
  get weightMax(): number {
    return Math.max(0, ...this.calls.map(({ startedAt }) => this.weightAt(startedAt)));
  }

  /** The weight under way at a time. */
  weightAt(ms: number): number {
    return this.calls
      .filter((one) => one.startedAt <= ms && (one.endedAt ?? Infinity) > ms)
      .reduce((sum, { weight }) => sum + weight, 0);
  }

  /** The most weight that began in any window of this length. */
  weightMaxIn(windowMs: number): number {
    let max = 0;
    let sum = 0;
    let from = 0;
    for (const { startedAt, weight } of this.calls) {
      sum += weight;
      while (this.calls[from]!.startedAt <= startedAt - windowMs) {
        sum -= this.calls[from]!.weight;
        from += 1;
      }
      max = Math.max(max, sum);
    }
    return max;
  }

  /** Calls one of the gates' operator functions. */
  async gate(
    name: "set" | "clear" | "pause" | "resume",
    args: Record<string, unknown>,
  ): Promise<void> {
    await this.call("mutation", this.component.gates[name], args);
  }

  /** How gates stand, as an operator sees them. */
  async gates(): Promise<Record<string, unknown>[]> {
    const list = await this.call<{ page: Record<string, unknown>[] }>(
      "query",
      this.component.gates.list,
    );
    return list.page;
  }

  /** Whether every workflow has completed. */
  async states(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { state } of await this.rows<{ state: string }>("workflows")) {
      counts[state] = (counts[state] ?? 0) + 1;
    }
    return counts;
  }
}

async function makeCall(
  log: Log,
  ctx: InProcessActionCtx,
  plan: CallPlan,
): Promise<null> {
  const { calls } = log;
  const now = () => Date.now() - log.jumpedMs;
  const { key, ms = 10, gate, refusals = 0, retryAfterMs = 0 } = plan;
  const cutAt = (ctx as Cuttable)[CUT_AT] ?? (() => null);
  if (cutAt() !== null) return await new Promise<never>(() => undefined);
  const before = calls.filter((one) => one.key === key).length;
  let endedAt: number | null = null;
  ctx.signal.addEventListener("abort", () => (endedAt ??= now()));
  calls.push({
    key,
    gate: gate?.key,
    weight: gate?.weight ?? 1,
    startedAt: now(),
    get endedAt() {
      return endedAt ?? cutAt();
    },
  });
  await delay(ms);
  endedAt ??= now();
  if (before < refusals) throw Object.assign(new Error("Too many"), { retryAfterMs });
  return null;
}
