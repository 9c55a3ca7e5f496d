/**
 * What a call was refused with.
 *
 * Owns the reading of our errors where they arrive: their data is an object within one
 * component, and JSON text once the error has crossed a function boundary in convex-test.
 */
import { ConvexError } from "convex/values";

/** The data of one of our errors; other errors have a message alone. */
export type Refusal = { code?: string; message: string; [detail: string]: unknown };

/** Runs a call that must be refused, and answers what it was refused with. */
export async function catchRefusal(call: () => unknown): Promise<Refusal> {
  try {
    await call();
  } catch (error) {
    return readRefusal(error);
  }
  throw new Error("The call was not refused.");
}

function readRefusal(error: unknown): Refusal {
  if (error instanceof ConvexError) {
    const data: unknown =
      typeof error.data === "string" ? JSON.parse(error.data) : error.data;
    return data as Refusal;
  }
  return { message: error instanceof Error ? error.message : String(error) };
}
