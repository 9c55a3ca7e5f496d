/**
 * Events on their way to a workflow: their names, their ids, and what a waiter is given.
 *
 * Owns the form of an event's own id, which says where it goes, so that making one needs no
 * row; and the outcome that a step gets from an event. Pure.
 *
 * An event has a name, and waits in its workflow's mailbox under that name. An event that
 * was made ahead of time waits under its id instead: nobody else can take it.
 */
import type { Value } from "convex/values";
import {
  DOCUMENT_VALUE_BYTES_MAX,
  NAME_LENGTH_MAX,
  OUTCOME_NESTING,
} from "./constants.js";
import { executorError } from "./errors.js";
import type { Outcome } from "./model.js";
import { checkDocumentValue } from "./sizes.js";

/** What ids of events begin with; ids that senders choose for themselves may not. */
const ID_PREFIX = "event:";
/** Between the parts of an id; neither ids of workflows nor tokens contain it. */
const SEPARATOR = ":";

/** Makes the id of one event of a workflow. */
export function formatEventId(workflow: string, token: string, name: string): string {
  return `${ID_PREFIX}${[workflow, token, name].join(SEPARATOR)}`;
}

/** Reads an event's own id; null if it is none. */
export function parseEventId(id: string): { workflow: string; name: string } | null {
  if (!id.startsWith(ID_PREFIX)) return null;
  const [workflow, token, ...name] = id.slice(ID_PREFIX.length).split(SEPARATOR);
  if (!workflow || !token || name.length === 0) return null;
  return { workflow, name: name.join(SEPARATOR) };
}

/** The name that a handler is told of what came: an event's own id is no name. */
export function resolveEventName(mailboxName: string): string {
  return parseEventId(mailboxName)?.name ?? mailboxName;
}

/**
 * The longest name under which an event may wait: an id holds a name and where it goes.
 * Names themselves are bounded by NAME_LENGTH_MAX.
 */
export const MAILBOX_NAME_LENGTH_MAX = 2 * NAME_LENGTH_MAX;

/** Throws `INVALID_OPTIONS` for a name or an id of an event that is empty or too long. */
export function checkEventText(
  option: "name" | "id",
  text: unknown,
  lengthMax = NAME_LENGTH_MAX,
): void {
  if (typeof text === "string" && text.length > 0 && text.length <= lengthMax) return;
  const actual =
    typeof text === "string" ? `has ${text.length} characters` : "is missing";
  throw executorError(
    "INVALID_OPTIONS",
    `An event's ${option} ${actual}; it must be a string of 1 to ${lengthMax} characters.`,
    { option, limit: lengthMax },
  );
}

/**
 * Checks what was sent before anything is written, and answers its size. Throws
 * `VALUE_REJECTED` with why it cannot be stored.
 */
export function checkSentFits(outcome: Outcome, name: string): number {
  if (outcome.kind === "failed") return 0; // serialized errors are bounded
  const check = checkDocumentValue(outcome.value, {
    label: `the value of event "${resolveEventName(name)}"`,
    // A step that waits for several events also stores which of them came.
    wrapperNesting: OUTCOME_NESTING + 1,
    bytesMax: DOCUMENT_VALUE_BYTES_MAX,
  });
  if (check.ok) return check.bytes;
  const { reason, bytes, limit } = check;
  throw executorError("VALUE_REJECTED", check.message, {
    event: resolveEventName(name),
    reason,
    actual: bytes,
    limit,
  });
}

/** Resolves what a step gets from an event: one that waited for several is told which came. */
export function resolveDelivery(
  outcome: Outcome,
  name: string,
  isRace: boolean,
): Outcome {
  if (outcome.kind === "failed" || !isRace) return outcome;
  const value: Value = { name: resolveEventName(name), value: outcome.value };
  return { kind: "completed", value };
}

/** The outcome of a wait that nobody answered in time. */
export function createEventTimeout(names: readonly string[], waitedMs: number): Outcome {
  const list = names.map((name) => `"${resolveEventName(name)}"`).join(" or ");
  return {
    kind: "failed",
    error: {
      name: "EventTimeout",
      code: "EVENT_TIMEOUT",
      message: `No event ${list} came within ${waitedMs} ms. Catch this error, or wait longer with timeoutMs.`,
    },
  };
}
