/**
 * The same operations through the same functions on three backends, one after the other as a
 * test does them: `convex-test`, the profile that takes its place, and the faithful one.
 */
import { convexTest as openReference } from "convex-test";
import { Random } from "../../sim/clock/random.js";
import type { Convex } from "../../sim/index.js";
import { convexTest as openCompat } from "../../sim/convexTest.js";
import { measureUs, type Effort } from "./measure.js";
import { createNote, modules, RANGE_ROWS, references, schema } from "./notes.js";
import { fillNotes, openNotes } from "./transactions.js";

export const BACKENDS = ["convex-test", "compat", "faithful"] as const;
type BackendName = (typeof BACKENDS)[number];

/** Microseconds per call of a function, for each backend. */
export interface ComparisonFigures {
  readonly documents: number;
  readonly operation: Operation;
  readonly us: Readonly<Record<BackendName, number>>;
}

/** What all of them have: calls by reference. */
type Backend = Pick<Convex, "query" | "mutation">;

const MODULE_LOADERS = Object.fromEntries(
  Object.entries(modules).map(([file, module]) => [file, async () => module]),
);

const OPENERS: Record<BackendName, (seed: number) => Promise<Backend>> = {
  "convex-test": async () => openReference(schema, MODULE_LOADERS),
  compat: async () => openCompat(schema, MODULE_LOADERS),
  faithful: async (seed) => await openNotes("none", seed),
};

type Operation = "read by id" | "read 50 by index" | "insert" | "read and patch";

type Run = (backend: Backend, random: Random, ids: readonly string[]) => Promise<unknown>;

const OPERATIONS: Record<Operation, Run> = {
  "read by id": (backend, random, ids) =>
    backend.query(references.read, { id: random.pick(ids) }),
  "read 50 by index": (backend, random, ids) =>
    backend.query(references.page, {
      from: random.integer(0, ids.length - RANGE_ROWS),
    }),
  // Of a rank behind the others, so that those keep their meaning.
  insert: (backend, random, ids) =>
    backend.mutation(references.add, createNote(random, ids.length)),
  "read and patch": (backend, random, ids) =>
    backend.mutation(references.bump, { rank: random.integer(0, ids.length - 1) }),
};

/** Compares the backends on a table of that many documents. */
export async function compareBackends(
  documents: number,
  seed: number,
  effort: Effort,
): Promise<ComparisonFigures[]> {
  const figures: Record<string, Partial<Record<BackendName, number>>> = {};
  for (const name of BACKENDS) {
    const backend = await OPENERS[name](seed);
    const ids = await fillNotes(backend, documents, seed);
    const random = new Random(seed).fork("comparison");
    for (const [operation, run] of Object.entries(OPERATIONS)) {
      (figures[operation] ??= {})[name] = await measureUs(effort, async () => {
        await run(backend, random, ids);
        return 1;
      });
    }
  }
  return Object.entries(figures).map(([operation, us]) => ({
    documents,
    operation: operation as Operation,
    us: us as ComparisonFigures["us"],
  }));
}
