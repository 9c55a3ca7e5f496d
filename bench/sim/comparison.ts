/**
 * The same operations through the same functions on three backends, one after the other as a
 * test does them: `convex-test`, the profile that takes its place, and the faithful one.
 */
import { convexTest as openReference } from "convex-test";
import { computeMedian } from "../../demo/statistics.js";
import { Random } from "../../sim/clock/random.js";
import type { Convex } from "../../sim/index.js";
import { convexTest as openCompat } from "../../sim/convexTest.js";
import { measureSideBySide, type Effort } from "./measure.js";
import { createNote, modules, RANGE_ROWS, references, schema } from "./notes.js";
import { fillNotes, openNotes } from "./transactions.js";

export const BACKENDS = ["convex-test", "compat", "faithful"] as const;
type BackendName = (typeof BACKENDS)[number];

/** Microseconds per call of a function, for each backend. */
export interface ComparisonFigures {
  readonly documents: number;
  readonly operation: Operation;
  readonly us: Readonly<Record<BackendName, number>>;
  /** What convex-test takes as a multiple of ours: the median of all repetitions. */
  readonly ratio: Readonly<Record<"compat" | "faithful", number>>;
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
  const opened: { backend: Backend; ids: string[]; random: Random }[] = [];
  for (const name of BACKENDS) {
    const backend = await OPENERS[name](seed);
    const ids = await fillNotes(backend, documents, seed);
    opened.push({ backend, ids, random: new Random(seed).fork("comparison") });
  }
  const figures: ComparisonFigures[] = [];
  for (const [operation, run] of Object.entries(OPERATIONS)) {
    const samples = await measureSideBySide(
      effort,
      opened.map(({ backend, random, ids }) => ({
        batch: async () => {
          await run(backend, random, ids);
          return 1;
        },
        afterBatch: () => {},
      })),
    );
    const [reference, compat, faithful] = samples as [number[], number[], number[]];
    figures.push({
      documents,
      operation: operation as Operation,
      us: {
        "convex-test": computeMedian(reference),
        compat: computeMedian(compat),
        faithful: computeMedian(faithful),
      },
      ratio: {
        compat: computeMedian(reference.map((us, index) => us / compat[index]!)),
        faithful: computeMedian(reference.map((us, index) => us / faithful[index]!)),
      },
    });
  }
  return figures;
}
