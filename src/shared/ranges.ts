/**
 * Ranges of options.
 *
 * Owns the one form in which an absurd number is refused: the option, its value, its range.
 */
import { executorError } from "./errors.js";

/** Throws `INVALID_OPTIONS` unless `value` is a number from `min` to `max`. */
export function checkRange(
  option: string,
  value: number,
  min: number,
  max: number,
): void {
  if (typeof value === "number" && value >= min && value <= max) return;
  throw executorError(
    "INVALID_OPTIONS",
    `${option} is ${String(value)}; it must be a number from ${min} to ${max}.`,
    { option, actual: String(value), min, max },
  );
}

/** Throws `INVALID_OPTIONS` unless `value` is a whole number from `min` to `max`. */
export function checkWhole(
  option: string,
  value: number,
  min: number,
  max: number,
): void {
  checkRange(option, value, min, max);
  if (Number.isInteger(value)) return;
  throw executorError(
    "INVALID_OPTIONS",
    `${option} is ${value}; it must be a whole number from ${min} to ${max}.`,
    { option, actual: String(value), min, max },
  );
}
