/**
 * Units, so that a constant reads as it is meant.
 */

/** One second in milliseconds. */
export const SECOND = 1_000;
/** One minute in milliseconds. */
export const MINUTE = 60 * SECOND;
/** One day in milliseconds. */
export const DAY = 24 * 60 * MINUTE;
/** One kibibyte in bytes. */
export const KiB = 1_024;
/** One mebibyte in bytes. */
export const MiB = 1_024 * KiB;
