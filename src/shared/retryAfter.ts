/**
 * How long a failed call asks to be left alone: a `retryAfterMs` property, or the headers
 * of an HTTP error (the Anthropic and OpenAI clients put them on `headers`).
 */
import { RETRY_AFTER_MS_MAX, SECOND } from "./constants.js";

/**
 * Finds the first delay which one of `sources` states, in this order of preference:
 * `retryAfterMs`, the header `retry-after-ms`, the header `retry-after` in seconds or as a
 * date. Never throws.
 */
export function findRetryAfterMs(
  sources: readonly object[],
  nowMs: number,
): number | undefined {
  for (const source of sources) {
    try {
      const delayMs = readDelayMs(source, nowMs);
      if (delayMs !== undefined) return Math.min(Math.ceil(delayMs), RETRY_AFTER_MS_MAX);
    } catch {
      // A getter threw: the source says nothing that can be used.
    }
  }
  return undefined;
}

function readDelayMs(source: object, nowMs: number): number | undefined {
  const { retryAfterMs, headers } = source as {
    retryAfterMs?: unknown;
    headers?: unknown;
  };
  if (typeof retryAfterMs === "number" && retryAfterMs >= 0) return retryAfterMs;
  if (typeof headers !== "object" || headers === null) return undefined;
  return (
    parseNumber(readHeader(headers, "retry-after-ms"), 1) ??
    parseNumber(readHeader(headers, "retry-after"), SECOND) ??
    parseDate(readHeader(headers, "retry-after"), nowMs)
  );
}

/** From `Headers`, or from a plain object whose names may be written in any case. */
function readHeader(headers: object, name: string): string | undefined {
  const { get } = headers as { get?: unknown };
  const value: unknown =
    typeof get === "function"
      ? Reflect.apply(get, headers, [name])
      : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof value === "string" || typeof value === "number"
    ? String(value).trim()
    : undefined;
}

function parseNumber(text: string | undefined, unitMs: number): number | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text)
    ? Number(text) * unitMs
    : undefined;
}

function parseDate(text: string | undefined, nowMs: number): number | undefined {
  const dateMs = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
