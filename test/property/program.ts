/**
 * Random handlers: a small language, and the workflow that interprets it.
 *
 * Owns the language. A program is data, so it is an argument of its workflow, it can be
 * generated, shrunk and printed, and one interpreter runs them all. What a program does
 * depends on its steps' outcomes alone; what its handler sees of time and chance goes into
 * the arguments of steps, so that the journal would show if it ever changed.
 */
import type { Value } from "convex/values";
import type { StepContext } from "../../src/client/index.js";
import { HOT_WAIT_MS_MAX } from "../../src/shared/constants.js";
import { ref, workflowRef } from "../harness/app.js";

/** What a step does. `inProcess` and `action` are both `runAction`. */
type StepKind =
  | "run"
  | "inProcess"
  | "action"
  | "query"
  | "mutation"
  | "sleep"
  | "far"
  | "event"
  | "child";

/** A body that fails this often fails for good. */
export const ALWAYS = 99;
/** A sleep that leaves memory, and how long an event is waited for. */
const FAR_MS = 2 * HOT_WAIT_MS_MAX;
const EVENT_MS = 500;
/** Attempts of a retrying step; a body that does not always fail needs fewer. */
const ATTEMPTS = 4;
const RETRY = { maxAttempts: ATTEMPTS, initialBackoffMs: 10 };

/** One step. */
export type StepSpec = {
  /** Its name in the journal; no two steps of a program share one. */
  label: string;
  kind: StepKind;
  /** Virtual milliseconds its body takes. */
  durationMs: number;
  /** Attempts that fail before one succeeds; `ALWAYS` for a step that fails. */
  failures: number;
  isRetrying: boolean;
  /** What it answers, and what a branch on it decides by. */
  value: number;
  /** What the handler draws and hands to the step. */
  sees: "now" | "random" | "uuid" | "nothing";
};

/** How a group waits for its members. */
export type GroupKind = "all" | "race" | "any" | "allSettled";

export type Program =
  | { kind: "step"; step: StepSpec }
  | { kind: "sequence"; members: Program[] }
  | { kind: "group"; how: GroupKind; members: Program[] }
  /** Runs `otherwise` if `body` throws. */
  | { kind: "attempt"; body: Program; otherwise: Program }
  /** Goes by whether a step's value is even. */
  | { kind: "branch"; on: StepSpec; even: Program; odd: Program };

/** What a step's function is told. */
export type StepArgs = {
  label: string;
  durationMs: number;
  failures: number;
  value: number;
  seen: string;
};

/** What a step's own code does; answers the step's value, or fails. */
export type StepBody = (args: StepArgs) => Promise<number>;

/** A handler at work: its steps, and what inline code runs. */
export type At = { step: StepContext; body: StepBody };

/** Runs a program; its value is the values of its parts. */
export async function interpret(at: At, program: Program): Promise<Value> {
  switch (program.kind) {
    case "step":
      return await callStep(at, program.step);
    case "sequence": {
      const values: Value[] = [];
      for (const member of program.members) values.push(await interpret(at, member));
      return values;
    }
    case "group":
      return await interpretGroup(at, program.how, program.members);
    case "attempt":
      try {
        return await interpret(at, program.body);
      } catch (error) {
        return [messageOf(error), await interpret(at, program.otherwise)];
      }
    case "branch": {
      const value = await callStep(at, program.on);
      return await interpret(at, value % 2 === 0 ? program.even : program.odd);
    }
  }
}

async function interpretGroup(
  at: At,
  how: GroupKind,
  members: Program[],
): Promise<Value> {
  const running = members.map((member) => interpret(at, member));
  switch (how) {
    case "all":
      return await Promise.all(running);
    case "race":
      return await Promise.race(running);
    case "any":
      return await Promise.any(running);
    case "allSettled":
      return (await Promise.allSettled(running)).map((one) =>
        one.status === "fulfilled" ? one.value : messageOf(one.reason),
      );
  }
}

async function callStep({ step, body }: At, spec: StepSpec): Promise<number> {
  const { sees, isRetrying, kind, ...rest } = spec;
  const args: StepArgs = { ...rest, seen: look(sees) };
  const options = { name: spec.label, retry: isRetrying && RETRY };
  switch (kind) {
    case "run":
      // Inline code has no arguments to compare; what was seen goes into the name.
      return await step.run(`${spec.label} ${args.seen}`, () => body(args), options);
    case "inProcess":
      return (await step.runAction(ref<"action">("inProcess"), args, options)) as number;
    case "action":
      return (await step.runAction(ref<"action">("remote"), args, options)) as number;
    case "query":
      return (await step.runQuery(ref<"query">("read"), args, options)) as number;
    case "mutation":
      return (await step.runMutation(ref<"mutation">("write"), args, options)) as number;
    case "sleep":
      await step.sleep(spec.durationMs, { name: spec.label });
      return spec.value;
    case "far":
      await step.sleep(FAR_MS + spec.durationMs, { name: spec.label });
      return spec.value;
    case "event":
      // Nobody sends it if it is to fail.
      return await step.awaitEvent<number>({ name: spec.label, timeoutMs: EVENT_MS });
    case "child": {
      const child = workflowRef("child");
      const value: unknown = await step.runWorkflow(child, args, { name: spec.label });
      return value as number;
    }
  }
}

/** The child of a `child` step: inline code, then an effect. */
export async function interpretChild(
  { step, body }: At,
  args: StepArgs,
): Promise<number> {
  const value = await step.run(`${args.label}/run`, () => body(args), { retry: RETRY });
  const effect = { ...args, label: `${args.label}/write`, failures: 0 };
  await step.runMutation(ref<"mutation">("write"), effect, { name: effect.label });
  return value;
}

/** What the handler sees of the world outside its steps. */
function look(sees: StepSpec["sees"]): string {
  switch (sees) {
    case "now":
      return String(Date.now());
    case "random":
      return String(Math.random());
    case "uuid":
      return crypto.randomUUID();
    case "nothing":
      return "";
  }
}

/** An error's message without the ids and times in it, which another run would not share. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\([^)]*\)/g, "()").replace(/\d+ ms/g, "some ms");
}
