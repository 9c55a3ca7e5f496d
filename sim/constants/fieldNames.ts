/** Bounds of what is remembered of field names. */

/** Names of fields that are known to be allowed; schemas have fewer, records may have more. */
export const FIELD_NAMES_MAX = 10_000;
