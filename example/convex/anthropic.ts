/**
 * The API's limit, as a gate that learns it (README, "Adaptive gates") from what
 * `messagesApi.ts` reads off the answers.
 *
 * - `ANTHROPIC_REQUESTS_PER_MINUTE`: the most that all executors may send together; if the
 *   API's headers state less, that counts. Unset: no gate, and slots alone bound the calls.
 */
import type { GateOption } from "convex-executor";
import { executor } from "./executor";

const most = process.env.ANTHROPIC_REQUESTS_PER_MINUTE;

/** The gate of every call to the API. */
export const anthropic: GateOption | null = most
  ? executor.gate("anthropic", { rate: Number(most), adaptive: true })
  : null;
