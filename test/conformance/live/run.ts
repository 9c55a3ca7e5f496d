/**
 * Runs the cases that concern a target one after the other and tells how each went.
 *
 * Owns: the order and the counts. Cases share one deployment, so never two at a time.
 */
import type { ConformanceCase } from "../case.js";
import { subjects } from "../cases/index.js";
import { exceptions } from "../exceptions.js";
import { judge, listUnmetNeeds } from "../judge.js";
import type { Target } from "../target.js";

export interface LiveResult {
  readonly passed: string[];
  readonly failed: { id: string; message: string }[];
  /** What the target cannot show, with the reason. */
  readonly inapplicable: { id: string; reason: string }[];
}

export async function runLive(
  target: Target,
  options: { only: string; tell: (line: string) => void },
): Promise<LiveResult> {
  const result: LiveResult = { passed: [], failed: [], inapplicable: [] };
  const chosen = subjects
    .flatMap((subject) => subject.cases)
    .filter(({ id }) => id.includes(options.only));
  for (const one of chosen) {
    options.tell(await runCase(target, one, result));
  }
  return result;
}

async function runCase(
  target: Target,
  one: ConformanceCase,
  result: LiveResult,
): Promise<string> {
  const [unmet] = listUnmetNeeds(target, one);
  if (unmet !== undefined) {
    const reason = target.lacks[unmet]!;
    result.inapplicable.push({ id: one.id, reason });
    return `  --    ${one.id}: ${reason}`;
  }
  try {
    await judge(target, one, exceptions);
    result.passed.push(one.id);
    return `  ok    ${one.id}`;
  } catch (error) {
    const { message } = error as Error;
    result.failed.push({ id: one.id, message });
    return `  FAIL  ${one.id}: ${message}`;
  }
}
