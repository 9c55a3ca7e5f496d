/**
 * What has happened to a hot workflow outside of its executor.
 *
 * Owns the reading of its signals, and the handing on of what has settled or is due (P2).
 */
import { endFarWait } from "./openSteps.js";
import type { ExecutorState } from "./state.js";

/** Delivers what has settled a hot workflow's waits from outside. */
export async function deliverNews(state: ExecutorState, workflow: string): Promise<void> {
  const hot = state.hots.get(workflow);
  if (!hot || hot.isEnding || hot.isDead) return;
  const { generation } = hot.identity;
  const news = await state.backend.readSettled(workflow, generation);
  if (hot.isEnding || hot.isDead) return;
  for (const settlement of news.settled) hot.settle({ ...settlement, isRecorded: true });
  for (const number of news.resumed) {
    const step = hot.steps.get(number);
    const operation = step && endFarWait(step);
    if (operation) hot.log.push(operation);
  }
  if (news.signals.length > 0) hot.log.push({ op: "consume", rows: news.signals });
  state.signal.notify();
}
