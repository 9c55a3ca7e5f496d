/**
 * What is recorded instead of an operation that no commit can carry (P4).
 *
 * Owns the choice: a step that cannot be recorded fails, catchably, and its workflow goes on
 * from its journal. Where there is no step to fail, the workflow is failed by its holder.
 */
import type { Operation } from "../../shared/commit.js";
import { real } from "./sandbox.js";

const CODE = "COMMIT_REJECTED";

/** Plans what takes the first operation's place; null if only failing the workflow is left. */
export function replaceRejected(
  [operation, next]: readonly Operation[],
  describe: (number: number) => string,
  reason: string,
): Operation[] | null {
  switch (operation?.op) {
    case "settle":
      if (isReplacement(operation)) return null;
      return [failStep(operation, describe, reason)];
    case "retry":
      return [failStep(operation, describe, reason)];
    case "step":
      if (isReplacement(next)) return null;
      return [stripRow(operation), failStep(operation, describe, reason)];
    default:
      return null;
  }
}

function failStep(
  { number }: { number: number },
  describe: (number: number) => string,
  reason: string,
): Operation {
  const error = {
    name: "CommitRejected",
    code: CODE,
    message: `Step ${describe(number)} could not be recorded: ${reason}`,
    nonRetryable: true,
  };
  return {
    op: "settle",
    number,
    outcome: { kind: "failed", error },
    settledAt: real.now(),
  };
}

/** Whether an operation stands for one that was rejected already. */
function isReplacement(operation: Operation | undefined): boolean {
  if (operation?.op !== "settle") return false;
  const { outcome } = operation;
  return outcome.kind === "failed" && outcome.error.code === CODE;
}

/** The row of a step that is handed to nobody: what replays compare, and no more. */
function stripRow(row: Extract<Operation, { op: "step" }>): Operation {
  const { op, number, name, kind, digest, after, attempts } = row;
  return { op, number, name, kind, digest, after, attempts };
}
