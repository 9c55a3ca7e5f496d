/**
 * What chaos runs: workflows made of every kind of step, drawn from a seed.
 *
 * Owns the shape of programs, how they are drawn, and the handler that follows one. Programs
 * travel as arguments, so that one definition runs them all.
 */
import type { Random } from "../../sim/clock/random.js";
import { getErrorCode, type StepContext } from "../../src/client/index.js";
import { attempt, ref, workflowRef } from "../sweep/app.js";

/** One thing a workflow does; `key` is its own, wherever it runs. */
export type Op =
  | { kind: "work" | "remote"; key: string; ms: number; failures: number }
  | { kind: "inline" | "once" | "kill" | "gated"; key: string; ms: number }
  | { kind: "charge" | "isolated" | "status"; key: string }
  /** A wait that somebody may end; see {@link listEvents}. */
  | { kind: "event"; key: string; ms: number }
  /** So many actions and mutations at once that some are dealt to other seats. */
  | { kind: "wide"; key: string; count: number }
  | { kind: "look" }
  | { kind: "sleep"; ms: number }
  | { kind: "child"; ops: Op[] }
  | { kind: "all" | "race"; ops: Op[] };

const LEAVES = [
  "work",
  "work",
  "remote",
  "inline",
  "once",
  "charge",
  "charge",
  "isolated",
  "look",
  "sleep",
  "kill",
  "gated",
  "event",
  "event",
  "status",
  "wide",
] as const;
const GROUPS = ["child", "all", "race"] as const;
/** Milliseconds; some are far more than a wait that stays in memory. */
const SLEEPS = [1, 50, 400, 5_000, 400_000];
const EVENT_WAITS = [20, 2_000, 20_000, 400_000];
/** More than LOCAL_STEPS_MIN, below which nothing is dealt. */
const WIDTHS = [10, 14];
const GROUP_CHANCE = 0.3;
const DEPTH_MAX = 2;

/** Draws what a workflow does. */
export function drawOps(random: Random, name: string, depth = 0): Op[] {
  return Array.from({ length: random.integer(1, 4) }, (_, index) =>
    drawOp(random, `${name}.${index}`, depth),
  );
}

function drawOp(random: Random, key: string, depth: number): Op {
  if (depth < DEPTH_MAX && random.chance(GROUP_CHANCE)) {
    return { kind: random.pick(GROUPS), ops: drawOps(random, key, depth + 1) };
  }
  const kind = random.pick(LEAVES);
  const ms = random.pick([1, 20, 150, 900]);
  switch (kind) {
    case "work":
    case "remote":
      return { kind, key, ms, failures: random.pick([0, 0, 0, 1, 2]) };
    case "inline":
    case "kill":
    case "gated":
      return { kind, key, ms };
    case "event":
      return { kind, key, ms: random.pick(EVENT_WAITS) };
    case "wide":
      return { kind, key, count: random.pick(WIDTHS) };
    case "once":
      return { kind, key: `${key} once`, ms };
    case "charge":
    case "isolated":
    case "status":
      return { kind, key };
    case "look":
      return { kind };
    case "sleep":
      return { kind, ms: random.pick(SLEEPS) };
  }
}

/** The names of all events that a program waits for. */
export function listEvents(ops: readonly Op[]): string[] {
  return ops.flatMap((op) => {
    if (op.kind === "event") return [op.key];
    return "ops" in op ? listEvents(op.ops) : [];
  });
}

/** Follows a program; what fails in it is a part of its result. */
export async function follow(step: StepContext, ops: readonly Op[]): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const op of ops) results.push(await followOne(step, op));
  return results;
}

async function followOne(step: StepContext, op: Op): Promise<unknown> {
  try {
    return await perform(step, op);
  } catch (error) {
    return `failed: ${getErrorCode(error) ?? "thrown"}`;
  }
}

async function perform(step: StepContext, op: Op): Promise<unknown> {
  const retry = { maxAttempts: 3, initialBackoffMs: 100 };
  switch (op.kind) {
    case "work":
    case "remote": {
      const { kind, ...args } = op;
      return await step.runAction(ref<"action">(kind), args, { retry });
    }
    case "inline":
      return await step.run(op.key, async () => await attempt(op), { retry });
    case "kill":
      return await step.run(op.key, async () => await attempt({ ...op, isDeadly: true }));
    case "once":
      return await step.run(op.key, async () => await attempt(op), { atMostOnce: true });
    case "charge":
      return await step.runMutation(ref<"mutation">("charge"), { key: op.key });
    case "isolated":
      return await step.runAction(
        ref<"action">("remote"),
        { key: op.key, ms: 10 },
        { isolated: true },
      );
    case "gated": {
      const { kind: _, ...args } = op;
      const gate = { key: "provider", concurrency: 2, rate: 20, per: 1_000 };
      return await step.runAction(ref<"action">("work"), args, { retry, gate });
    }
    case "event":
      return await step.awaitEvent({ name: op.key, timeoutMs: op.ms });
    case "status":
      return step.setStatus(op.key);
    case "wide":
      return await Promise.all(
        listWide(op).map(async (one) => await followOne(step, one)),
      );
    case "look":
      return await step.runQuery(ref<"query">("look"), {});
    case "sleep":
      return await step.sleep(op.ms);
    case "child":
      return await step.runWorkflow(workflowRef("main"), { ops: op.ops });
    case "all":
      return await Promise.all(op.ops.map(async (one) => await followOne(step, one)));
    case "race":
      return await Promise.race(op.ops.map(async (one) => await followOne(step, one)));
  }
}

/** The steps of a wide fan-out: each second one a mutation. */
function listWide({ key, count }: Op & { kind: "wide" }): Op[] {
  return Array.from({ length: count }, (_, index): Op => {
    const own = `${key}.${index}`;
    if (index % 2 === 0) return { kind: "charge", key: own };
    return { kind: "work", key: own, ms: 20, failures: 0 };
  });
}
