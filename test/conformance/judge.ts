/**
 * Judges a target by a case: it shows what the platform shows, or exactly the difference
 * that exceptions.ts names for it.
 *
 * Owns: the verdict. An exception whose difference is gone is a failure, so that the list
 * cannot outlive its reasons.
 */
import type { ConformanceCase } from "./case.js";
import type { ExceptionTable } from "./exceptions/exception.js";
import { Failure, findMismatch, show } from "./expectation.js";
import type { Need, Target } from "./target.js";

/** Needs of the case that the target does not meet; the case does not concern it then. */
export function listUnmetNeeds(target: Target, { needs }: ConformanceCase): Need[] {
  return needs.filter((need) => target.lacks[need] !== undefined);
}

/** Throws with what differed. */
export async function judge(
  target: Target,
  subject: ConformanceCase,
  exceptions: ExceptionTable,
): Promise<void> {
  const observed = await observe(target, subject);
  const exception = exceptions[subject.id]?.[target.name];
  const mismatch = findMismatch(observed, subject.expected);
  if (exception === undefined) {
    if (mismatch !== null) {
      throw new Error(`${subject.rule}\n${mismatch}\nobserved: ${show(observed)}`);
    }
    return;
  }
  if (mismatch === null) {
    throw new Error(`${subject.id}: the exception of ${target.name} is no longer needed`);
  }
  const other = findMismatch(observed, exception.expected);
  if (other !== null) {
    throw new Error(
      `${subject.rule}\n${target.name} differs from the platform as it should ` +
        `(${exception.reason}), but not in the way that is stated\n${other}\n` +
        `observed: ${show(observed)}`,
    );
  }
}

async function observe(target: Target, subject: ConformanceCase): Promise<unknown> {
  const deployment = await target.deploy(subject.options);
  try {
    return await subject.observe(deployment);
  } catch (error) {
    return toFailure(error);
  } finally {
    await deployment.dispose();
  }
}

function toFailure(error: unknown): Failure {
  const { message, data } = error as { message?: unknown; data?: unknown };
  return new Failure(typeof message === "string" ? message : String(error), data);
}
