/**
 * What work costs on the platform: counted by the embedded Convex, never timed.
 *
 * Owns the counting of what the component's functions did, and how a stated cost is held
 * against it: from both sides, so that nobody makes it worse unseen, nor leaves a figure
 * that is no longer true.
 */
import { expect } from "vitest";
import type { TestApp } from "./app.js";

/** Of all transactions, also those of whoever starts and cancels. */
export interface Cost {
  /** Transactions, queries included. */
  readonly transactions: number;
  /** Documents read and written. */
  readonly read: number;
  readonly written: number;
  /** Bytes written, those of indexes included. */
  readonly bytes: number;
}

/** What is read, and bytes, may differ by so much; transactions and writes may not. */
const TOLERANCE = 0.1;

/** Reading by tests is no cost of the work. */
const TESTS = ["executor/operators:audit", "executor/workflows:status"];

/** Counts what a piece of work costs; if asked, of the functions with these names alone. */
export async function costOf(
  app: TestApp,
  work: () => Promise<unknown>,
  only?: readonly string[],
): Promise<Cost> {
  const { metrics } = await app.convex();
  const before = metrics.snapshot();
  await work();
  const { functions } = metrics.snapshot(before);
  const own = Object.entries(functions).filter(
    ([name]) => !TESTS.includes(name) && (only === undefined || only.includes(name)),
  );
  const sum = (field: keyof (typeof own)[number][1]) =>
    own.reduce((total, [, counts]) => total + counts[field], 0);
  return {
    transactions: sum("transactions"),
    read: sum("documentsRead"),
    written: sum("documentsWritten"),
    bytes: sum("bytesWritten"),
  };
}

/** What the second piece of work does not cost. */
export function subtract(whole: Cost, part: Cost): Cost {
  return {
    transactions: whole.transactions - part.transactions,
    read: whole.read - part.read,
    written: whole.written - part.written,
    bytes: whole.bytes - part.bytes,
  };
}

/** Holds what something costs against what is stated of it. */
export function expectCost(actual: Cost, stated: Cost): void {
  const near = (field: "read" | "bytes") => {
    const isNear = Math.abs(actual[field] - stated[field]) <= TOLERANCE * stated[field];
    return isNear ? stated[field] : actual[field];
  };
  expect({ ...actual, read: near("read"), bytes: near("bytes") }).toEqual(stated);
}
