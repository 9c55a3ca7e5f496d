/**
 * What the benchmark's workflows ask: the same on a real deployment (`bench.ts`) and in the
 * simulation. Pure, and imports nothing.
 */

/** The task of each call: one, then two in parallel, then one. */
export const TASKS = ["outline", "tone", "keywords", "summary"] as const;
/** Tokens one answer may have. */
export const ANSWER_TOKENS_MAX = 200;

/** The system prompt of a call. */
export function renderSystem(call: number): string {
  return `Task: ${TASKS[call]}\nAnswer briefly.`;
}

/** A note of some lines, each different, with the answers so far. */
export function renderDocument(index: number, earlier: readonly string[]): string {
  const notes = earlier.filter((answer) => answer !== "");
  return [
    `# Case ${index}`,
    `Customer ${index} reports that delivery ${index * 7} was late by ${(index % 9) + 1} days.`,
    "They ask for a refund, and would like to hear from us before the weekend.",
    ...(notes.length > 0 ? ["## Notes", ...notes] : []),
  ].join("\n\n");
}
