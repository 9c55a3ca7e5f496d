/**
 * What a step may not be asked for.
 *
 * Owns the refusals of options that contradict each other, or that a kind of step would
 * ignore in silence. A refusal is the handler's to catch; nothing is recorded for it.
 */
import type { Value } from "convex/values";
import { NAME_LENGTH_MAX, STATUS_BYTES_MAX } from "../../shared/constants.js";
import { executorError } from "../../shared/errors.js";
import { copyValue } from "../../shared/outcomes.js";
import { checkDocumentValue } from "../../shared/sizes.js";
import type { ActionStepOptions, StepOptions } from "../step.js";

/** What a call was given, as JavaScript may give it. */
type Given = Partial<ActionStepOptions>;

/** Checks the options of a query or mutation step. */
export function checkTransactionOptions(
  kind: "query" | "mutation",
  name: string,
  options: Given,
): void {
  if (options.atMostOnce) {
    const instead =
      kind === "mutation"
        ? "A mutation step takes effect exactly once anyway."
        : "A query has no effects; it may run again.";
    refuse("atMostOnce", `Step "${name}" is a ${kind} and got atMostOnce. ${instead}`);
  }
  if (kind === "mutation" && options.timeoutMs !== undefined) {
    refuse(
      "timeoutMs",
      `Mutation step "${name}" got timeoutMs, but the platform ends its transaction after a second, whatever is asked. Leave timeoutMs out.`,
    );
  }
}

/** Checks the options of an action or of inline code: the call's own, then all in force. */
export function checkCodeOptions(
  name: string,
  given: Given,
  inForce: StepOptions,
  drainMs: number,
): void {
  if (given.isolated) return checkIsolated(name, { ...given, gate: inForce.gate });
  if (given.atMostOnce && given.retry) {
    refuse(
      "retry",
      `Step "${name}" got atMostOnce and retry. A step that runs at most once is never tried again; leave one of them out.`,
    );
  }
  const { timeoutMs } = inForce;
  if (timeoutMs !== undefined && timeoutMs > drainMs) {
    refuse(
      "timeoutMs",
      `Step "${name}" got a timeoutMs of ${timeoutMs}, but the executor's drainMs is ${drainMs}: the step could be interrupted whenever its executor hands over. Raise drainMs, or lower timeoutMs.`,
      { actual: timeoutMs, limit: drainMs },
    );
  }
}

/** What the pool decides for itself would be ignored silently; a gate, also as a default. */
function checkIsolated(
  name: string,
  options: { [K in keyof Given]: Given[K] | undefined },
): void {
  for (const option of ["timeoutMs", "atMostOnce", "gate"] as const) {
    if (options[option] === undefined) continue;
    refuse(
      option,
      `Isolated step "${name}" got ${option}, but its workpool starts and ends attempts by its own rules. Leave ${option} out, or the step in the executor.`,
    );
  }
}

/** Checks a step's name, as the journal keeps it. */
export function checkName(name: string): void {
  if (typeof name === "string" && name.length > 0 && name.length <= NAME_LENGTH_MAX)
    return;
  refuse(
    "name",
    `A step's name is ${JSON.stringify(name)?.slice(0, NAME_LENGTH_MAX)}; it must be a string of 1 to ${NAME_LENGTH_MAX} characters.`,
  );
}

/** Copies a status as it is at the call; throws `VALUE_REJECTED` for one too large to show. */
export function checkStatus(status: unknown): Value {
  const value = (status ?? null) as Value;
  const check = checkDocumentValue(value, {
    label: "the status",
    bytesMax: STATUS_BYTES_MAX,
  });
  if (check.ok) return copyValue(value);
  const { reason, bytes, limit } = check;
  throw executorError("VALUE_REJECTED", check.message, { reason, actual: bytes, limit });
}

function refuse(
  option: string,
  message: string,
  details: { actual?: number; limit?: number } = {},
): never {
  throw executorError("INVALID_OPTIONS", message, { option, ...details });
}
