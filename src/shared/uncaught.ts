/**
 * Peels off what the platform wraps around the message of an error that leaves a function:
 * `Uncaught TypeError: no id\n    at handler (../convex/x.ts:3:5)\n`, once per boundary.
 *
 * See format_uncaught_error in crates/isolate/src/helpers.rs and JsError in
 * crates/common/src/errors.rs.
 */
import { ERROR_WRAPPERS_MAX } from "./constants.js";

/**
 * The name of an error is an identifier that starts with a capital, as other text before a
 * colon may be the message. Without a message, it must be the name of an error plainly.
 */
const WRAPPER =
  /^Uncaught(?: |$)(?:([A-Z][A-Za-z0-9_$]*): |((?:[A-Z][A-Za-z0-9_$]*)?(?:Error|Exception))$)?/;
const FRAME = /^ {4}at /;

export interface Unwrapped {
  /** The name the innermost function threw it under, if the platform told. */
  name?: string;
  message: string;
}

/** Computes the message as it was thrown; one that was never wrapped is left as it is. */
export function computeUnwrapped(message: string): Unwrapped {
  if (!WRAPPER.test(message)) return { message };
  let name: string | undefined;
  // Frames of all boundaries stand together at the end.
  let rest = dropFrames(message);
  for (let wrapper = 0; wrapper < ERROR_WRAPPERS_MAX; wrapper += 1) {
    const match = WRAPPER.exec(rest);
    if (match === null) break;
    name = match[1] ?? match[2] ?? name;
    rest = rest.slice(match[0].length);
  }
  return { name, message: rest };
}

/** Only from the end: a message may itself hold lines that look like frames. */
function dropFrames(text: string): string {
  const lines = text.split("\n");
  let end = lines.length;
  while (end > 0 && (lines[end - 1] === "" || FRAME.test(lines[end - 1]!))) end -= 1;
  return lines.slice(0, end).join("\n");
}
