/**
 * What a restarted generation keeps of the journals before it (P11).
 *
 * Owns the arithmetic of inheritance: which generation's rows hold a step's number. Pure.
 * A restart from a step copies nothing: numbers below it are read from the generations
 * that wrote them, all others from the generation itself.
 */
import type { Inherited } from "./model.js";

/** A journal that may begin in older generations; `inherits` ascends by `below`. */
export type InheritingJournal = {
  generation: number;
  inherits?: readonly Inherited[] | undefined;
};

/** A run of numbers, from `from` and below `below`, whose rows belong to one generation. */
export type Segment = { generation: number; from: number; below: number };

/** Says which generation's row holds a step. */
export function resolveOwner(journal: InheritingJournal, number: number): number {
  const heir = journal.inherits?.find(({ below }) => number < below);
  return heir?.generation ?? journal.generation;
}

/** Says how many of the first steps a journal has from older generations. */
export function countInherited({ inherits }: InheritingJournal): number {
  return inherits?.at(-1)?.below ?? 0;
}

/** Says which generation a handler's random numbers belong to: the one that began it. */
export function resolveSeed({ generation, inherits }: InheritingJournal): number {
  return inherits?.[0]?.generation ?? generation;
}

/** Lists where the steps from number `from` on are to be read, in their order. */
export function listSegments(journal: InheritingJournal, from: number): Segment[] {
  const own = { generation: journal.generation, below: Infinity };
  const segments: Segment[] = [];
  let at = from;
  for (const { generation, below } of [...(journal.inherits ?? []), own]) {
    if (at >= below) continue;
    segments.push({ generation, from: at, below });
    at = below;
  }
  return segments;
}

/**
 * Plans what the next generation inherits when it restarts from step `from`: whatever the
 * present one would read below that number, without a link that holds nothing.
 */
export function planInheritance(journal: InheritingJournal, from: number): Inherited[] {
  const all = [
    ...(journal.inherits ?? []),
    { generation: journal.generation, below: from },
  ];
  const kept: Inherited[] = [];
  for (const { generation, below } of all) {
    const at = kept.at(-1)?.below ?? 0;
    if (at >= from) break;
    if (below > at) kept.push({ generation, below: Math.min(below, from) });
  }
  return kept;
}
