/**
 * Ids as convex-test makes them: a counter, padded to the usual length of an id, and the
 * table's name. They sort in the order of insertion and name their table to the eye.
 */

import type { IdFormat } from "../values/ids.js";

/** Real ids are 32 characters; one of a table with a very long name may be longer. */
const TYPICAL_ID_LENGTH = 32;

/** Where each component's counter starts. */
const FIRST_DOCUMENT_NUMBER = 10_000;

/** The ids of a deployment. A number is used once, also by a transaction that fails. */
export function countedIds(): IdFormat {
  const nextNumbers = new Map<string, number>();
  return {
    generate({ component, name }) {
      const number = nextNumbers.get(component) ?? FIRST_DOCUMENT_NUMBER;
      nextNumbers.set(component, number + 1);
      return number.toString().padStart(TYPICAL_ID_LENGTH - name.length, "0") + name;
    },
    tableOf: (_namespace, id) => tableOfId(id),
  };
}

/** The table that an id names, or null when it is not an id. */
export function tableOfId(id: string): string | null {
  const digits = /^[0-9]+/.exec(id)?.[0].length;
  return digits === undefined || digits === id.length ? null : id.slice(digits);
}
