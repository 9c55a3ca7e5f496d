/**
 * Memory per document: what the heap has grown by, after a garbage collection.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BenchDatabase } from "./database.js";

/** Bytes of heap for each document, its entries in three indexes included. */
export interface MemoryFigures {
  readonly documents: number;
  readonly bytesPerDocument: number;
  /** Once it has been read: its JSON is kept. */
  readonly bytesPerReadDocument: number;
}

/** Fills a table and weighs it. */
export function measureMemory(documents: number, seed: number): MemoryFigures {
  const collect = exposeCollector();
  const database = new BenchDatabase(seed);
  // What is made once, whatever the number of documents, is there before.
  database.fill(1);
  collect();
  const empty = process.memoryUsage().heapUsed;
  database.fill(documents);
  collect();
  const filled = process.memoryUsage().heapUsed;
  database.readAll();
  collect();
  const read = process.memoryUsage().heapUsed;
  // Used after the last look, or the optimizer would let the whole table go before it.
  if (database.size <= documents) throw new Error("The table is not full");
  return {
    documents,
    bytesPerDocument: Math.round((filled - empty) / documents),
    bytesPerReadDocument: Math.round((read - empty) / documents),
  };
}

/** The collector without a flag on the command line. */
function exposeCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
