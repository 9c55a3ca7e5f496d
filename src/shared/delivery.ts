/**
 * The order in which a replay delivers settlements (P1).
 *
 * Owns the decision; pure. Every journal row says which settlements its handler had been
 * given since the row before; the outcome says it for the rest.
 */

/** What a journal row says about delivery. */
export type DeliveryRow = {
  number: number;
  after: readonly number[];
  isSettled: boolean;
};

/**
 * Plans the deliveries of a replay: those that rows refer to, in the recorded order, then
 * settled steps that nothing refers to, by number. `mustExist` says how many rows the
 * handler must have created before each delivery; if it has not, it took another path.
 */
export function planDeliveries(
  rows: readonly DeliveryRow[],
): { number: number; mustExist: number }[] {
  const deliveries: { number: number; mustExist: number }[] = [];
  const seen = new Set<number>();
  for (const row of rows) {
    for (const number of row.after) {
      deliveries.push({ number, mustExist: row.number });
      seen.add(number);
    }
  }
  for (const row of rows) {
    if (row.isSettled && !seen.has(row.number)) {
      deliveries.push({ number: row.number, mustExist: rows.length });
    }
  }
  return deliveries;
}
