/**
 * What a hot workflow is told from outside (P2).
 *
 * Owns the taking of one answer: settlements are delivered, attempts whose far wait is over
 * begin, and the signals that the answer was read with are consumed.
 */
import type { Backend } from "./backend.js";
import type { HotWorkflow } from "./hot.js";
import { endFarWait } from "./openSteps.js";

/** Takes what has been signalled, unless the workflow is on its way out: another will. */
export function takeNews(
  hot: HotWorkflow,
  news: Awaited<ReturnType<Backend["readSettled"]>>,
): void {
  if (hot.isEnding || hot.isDead) return;
  for (const settlement of news.settled) hot.settle({ ...settlement, isRecorded: true });
  for (const number of news.resumed) {
    const step = hot.steps.get(number);
    const operation = step && endFarWait(step);
    if (operation) hot.log.push(operation);
  }
  if (news.signals.length > 0) hot.log.push({ op: "consume", rows: news.signals });
}
