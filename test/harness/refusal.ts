/**
 * What a call was refused with.
 *
 * Owns the reading of our errors where they arrive.
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
  if (error instanceof ConvexError) return error.data as Refusal;
  return { message: error instanceof Error ? error.message : String(error) };
}
