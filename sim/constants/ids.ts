/** How the platform numbers tables and writes ids (backend: value/src/id_v6.rs). */

/** User tables are numbered from here (database/src/bootstrap_model/table.rs). */
export const FIRST_USER_TABLE_NUMBER = 10_001;

/** System tables that a function can see; numbers below are of tables from early instances. */
export const FIRST_SYSTEM_TABLE_NUMBER = 513;

/** The random part of an id. */
export const INTERNAL_ID_BYTES = 16;

/** The checksum that ends an id. */
export const ID_FOOTER_BYTES = 2;

/** Table numbers are 32 bits, written in groups of seven. */
export const TABLE_NUMBER_BYTES_MAX = 5;

/** Crockford's base32, in lower case. */
export const ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** Ids whose table is remembered: more than transactions that run at once name, about 2 MB. */
export const DECODED_IDS_MAX = 16_384;
