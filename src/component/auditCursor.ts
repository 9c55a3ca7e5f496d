/**
 * Where the audit goes on: a table, and a place in it.
 *
 * Owns the cursor's text. One that names no table begins with the first.
 */

/** Reads a cursor; the first table of `sections` if there is none. */
export function parseCursor<Section extends string>(
  sections: readonly [Section, ...Section[]],
  cursor: string | null | undefined,
): { section: Section; cursor: string | null } {
  if (!cursor) return { section: sections[0], cursor: null };
  const [name, ...rest] = cursor.split(":");
  const section = sections.find((one) => one === name) ?? sections[0];
  return { section, cursor: rest.join(":") || null };
}

/** Writes a cursor. */
export function formatCursor(section: string, cursor: string | null): string {
  return `${section}:${cursor ?? ""}`;
}
