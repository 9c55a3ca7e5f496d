/**
 * Waits for events, as the recorder hands them on.
 *
 * Owns the request of such a step. The events it names are what a replay compares; a
 * timeout may change with the code, the one that was recorded holds.
 */
import {
  NAME_LENGTH_MAX,
  PREVIEW_BYTES_MAX,
  STEP_TIMEOUT_MS_DEFAULT,
} from "../../shared/constants.js";
import { computeDigest } from "../../shared/digest.js";
import { resolveEventName } from "../../shared/events.js";
import { computePreview } from "../../shared/preview.js";
import { measureValue } from "../../shared/sizes.js";
import { computeBoundedText } from "../../shared/text.js";
import { resolveWait, type AwaitEventOptions, type EventSpec } from "../events.js";
import type { StepRequest } from "./model.js";

/** Describes a wait for one event, or for the first of several. */
export function describeEvent(
  event: (EventSpec & AwaitEventOptions) | readonly (EventSpec | string)[],
  options: AwaitEventOptions = {},
): StepRequest {
  const own = isList(event) ? options : { timeoutMs: event.timeoutMs, ...options };
  const { names, isRace, timeoutMs, check } = resolveWait(event, own);
  const digested = isRace ? names : names[0]!;
  return {
    name: computeBoundedText(names.map(resolveEventName).join(" or "), NAME_LENGTH_MAX),
    kind: "event",
    digest: computeDigest(digested),
    preview: computePreview(digested, PREVIEW_BYTES_MAX),
    bytes: measureValue(digested).bytes,
    work: { kind: "event", names, isRace },
    ...(timeoutMs === undefined ? {} : { start: { afterMs: timeoutMs } }),
    check,
    timeoutMs: STEP_TIMEOUT_MS_DEFAULT,
    retry: null,
  };
}

function isList(event: unknown): event is readonly (EventSpec | string)[] {
  return Array.isArray(event);
}
