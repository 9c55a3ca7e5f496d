/**
 * Events, as an app names, sends and awaits them.
 *
 * Owns their public types, and the resolving of what an app passes into where an event goes
 * and what it carries. May not touch ctx.
 */
import { parse } from "convex-helpers/validators";
import { v, type GenericValidator, type Infer, type VString } from "convex/values";
import { EVENT_NAMES_MAX, EVENT_TIMEOUT_MS_MAX } from "../shared/constants.js";
import { executorError } from "../shared/errors.js";
import {
  checkEventText,
  checkSentFits,
  parseEventId,
  resolveEventName,
} from "../shared/events.js";
import type { Outcome } from "../shared/model.js";
import { resolveReturned, resolveThrown } from "../shared/outcomes.js";
import { checkRange } from "../shared/ranges.js";
import type { WorkflowId } from "./types.js";

/** The id of one event that was made by `executor.createEvent`. */
export type EventId<Name extends string = string> = string & {
  __isEventId: true;
  __name: Name;
};
/** Validates an {@link EventId} in the arguments of an app's functions. */
export const vEventId = <Name extends string = string>(
  _name?: Name,
): VString<EventId<Name>> => v.string() as VString<EventId<Name>>;

/** A validator whose values are of type `T`. */

type ValidatorOf<T> = GenericValidator & { type: T };

/** Which event a step waits for: the next one of a name, or the one with an id. */
export type EventSpec<Name extends string = string, T = unknown> = (
  | { name: Name; id?: EventId<Name> | undefined }
  | { name?: Name | undefined; id: EventId<Name> }
) & {
  /** What the value must match, else the step fails with `INVALID_EVENT`. */
  validator?: ValidatorOf<T> | undefined;
};

/** How long a step waits for events. */
export type AwaitEventOptions = {
  /**
   * Milliseconds after which the step fails with `EVENT_TIMEOUT`, up to a year; 0 takes only
   * what is there. Default: it waits for as long as it takes.
   */
  timeoutMs?: number | undefined;
};

/** What came, of several that a step waited for. */
export type ReceivedEvent<Spec> = Spec extends string
  ? { name: Spec; value: unknown }
  : Spec extends { name: infer Name }
    ? Spec extends { validator: { type: infer T } }
      ? { name: Name; value: T }
      : { name: Name; value: unknown }
    : { name: string; value: unknown };

/** What to send, and where to. */
export type SendEventArgs<T = unknown, Name extends string = string> = (
  | { workflowId: WorkflowId; name: Name; id?: string | undefined }
  | { workflowId?: undefined; name?: Name | undefined; id: EventId<Name> }
) &
  (
    | { value?: T; validator?: ValidatorOf<T> | undefined; error?: undefined }
    | { error: string; value?: undefined; validator?: ValidatorOf<T> | undefined }
  );

/**
 * Defines an event once, for those who send it and those who await it.
 *
 * @example
 * ```ts
 * export const approval = defineEvent({
 *   name: "approval",
 *   validator: v.object({ approved: v.boolean() }),
 * });
 * // In a handler:
 * const { approved } = await step.awaitEvent(approval);
 * // Anywhere else:
 * await executor.sendEvent(ctx, { ...approval, workflowId, value: { approved: true } });
 * ```
 */
export function defineEvent<Name extends string, V extends GenericValidator>(spec: {
  name: Name;
  validator: V;
}): { name: Name; validator: V } {
  return spec;
}

/** An event as the component takes it. */
type SentEvent = { workflow: string; name: string; outcome: Outcome; id?: string };

/** Resolves what is sent; throws `INVALID_OPTIONS`, `INVALID_EVENT` or `VALUE_REJECTED`. */
export function resolveSent(args: SendEventArgs): SentEvent {
  const { workflowId, name, id } = args;
  const own = id === undefined ? null : parseEventId(id);
  if (own) {
    // One that was made ahead of time goes to whoever awaits its id, and is sent once.
    const mailboxName = id as string;
    const outcome = resolveOutcome(args, mailboxName);
    return { workflow: own.workflow, name: mailboxName, outcome, id: mailboxName };
  }
  checkEventText("name", name);
  if (id !== undefined) checkEventText("id", id);
  if (workflowId === undefined) {
    throw executorError(
      "INVALID_OPTIONS",
      `Event "${name}" was sent without a workflowId. Pass the id that start() answered, or an id that createEvent() answered.`,
      { option: "workflowId" },
    );
  }
  const outcome = resolveOutcome(args, name);
  return { workflow: workflowId, name: name, outcome, ...(id ? { id } : {}) };
}

function resolveOutcome(args: SendEventArgs, mailboxName: string): Outcome {
  if (args.error !== undefined) {
    const error = new Error(args.error);
    error.name = "EventError";
    const { stack: _sendersOwn, ...sent } = resolveThrown(error, 0).error;
    return { kind: "failed", error: sent };
  }
  const given: unknown = args.value ?? null;
  const value: unknown = args.validator
    ? checkEventValue(args.validator, given, mailboxName)
    : given;
  const label = `the value of event "${resolveEventName(mailboxName)}"`;
  checkSentFits({ kind: "completed", value: value as never }, mailboxName);
  return resolveReturned(value, label);
}

/** Throws `INVALID_EVENT` unless a value matches; answers it without unknown fields. */
function checkEventValue<V extends GenericValidator>(
  validator: V,
  value: unknown,
  mailboxName: string,
): Infer<V> {
  const name = resolveEventName(mailboxName);
  try {
    return parse(validator, value);
  } catch (error) {
    throw executorError(
      "INVALID_EVENT",
      `The value of event "${name}" does not match its validator: ${(error as Error).message}`,
      { event: name },
    );
  }
}

/** What a step waits for, as the journal and the component know it. */
export type ResolvedWait = {
  names: string[];
  isRace: boolean;
  timeoutMs: number | undefined;
  /** Checks what came; throws `INVALID_EVENT`. */
  check: (value: unknown) => unknown;
};

/** Resolves what a step waits for; throws `INVALID_OPTIONS`. */
export function resolveWait(
  event: EventSpec | readonly (EventSpec | string)[],
  options: AwaitEventOptions,
): ResolvedWait {
  const isRace = Array.isArray(event);
  const given = (isRace ? event : [event]) as (EventSpec | string)[];
  const specs = given.map((one) => (typeof one === "string" ? { name: one } : one));
  checkCount(specs.length);
  const { timeoutMs } = options;
  if (timeoutMs !== undefined)
    checkRange("timeoutMs", timeoutMs, 0, EVENT_TIMEOUT_MS_MAX);
  const validators = new Map(
    specs.map((spec) => [resolveMailboxName(spec), spec.validator] as const),
  );
  const names = [...validators.keys()];
  return { names, isRace, timeoutMs, check: createCheck(validators, isRace) };
}

function createCheck(
  validators: ReadonlyMap<string, GenericValidator | undefined>,
  isRace: boolean,
): ResolvedWait["check"] {
  return (delivered) => {
    const [first] = validators.keys();
    const { name, value } = isRace
      ? (delivered as { name: string; value: unknown })
      : { name: resolveEventName(first ?? ""), value: delivered };
    for (const [mailboxName, validator] of validators) {
      if (!validator || resolveEventName(mailboxName) !== name) continue;
      const checked: unknown = checkEventValue(validator, value, mailboxName);
      return isRace ? { name, value: checked } : checked;
    }
    return delivered;
  };
}

function resolveMailboxName({ name, id }: EventSpec): string {
  if (id === undefined) {
    checkEventText("name", name);
    return name!;
  }
  if (parseEventId(id)) return id;
  throw executorError(
    "INVALID_OPTIONS",
    `awaitEvent got the id "${id}", which createEvent did not make. Await an event by its name; ids that senders choose only tell repetitions apart.`,
    { option: "id" },
  );
}

function checkCount(count: number): void {
  if (count >= 1 && count <= EVENT_NAMES_MAX) return;
  throw executorError(
    "INVALID_OPTIONS",
    `awaitEvent got ${count} events; one step waits for 1 to ${EVENT_NAMES_MAX}. Send the rest under fewer names, with the difference in their values.`,
    { option: "event", actual: count, limit: EVENT_NAMES_MAX },
  );
}
