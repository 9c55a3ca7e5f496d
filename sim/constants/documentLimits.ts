/**
 * What one document and one value may be.
 *
 * Sources in convex-backend: crates/common/src/document.rs (size, nesting),
 * crates/value/src/object.rs, array.rs and size.rs (fields, elements, nesting of any
 * value), crates/convex/sync_types/src/identifier.rs (names).
 */

export const DOCUMENT_BYTES_MAX = 1024 * 1024;
export const DOCUMENT_NESTING_MAX = 16;
export const VALUE_NESTING_MAX = 64;
export const OBJECT_FIELDS_MAX = 1_024;
export const ARRAY_LENGTH_MAX = 8_192;
export const IDENTIFIER_LENGTH_MAX = 64;
