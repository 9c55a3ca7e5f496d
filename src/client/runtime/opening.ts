/**
 * Makes a hot workflow out of a candidate.
 *
 * Owns the binding of a definition to its workflow: its deterministic world, its step
 * context, and the operation that will claim it.
 */
import { executorError } from "../../shared/errors.js";
import { checkReturn } from "../action.js";
import type { JournalRead } from "./backend.js";
import { passWorkflow } from "./gates.js";
import { EndWatch } from "./endWatch.js";
import { HotWorkflow, type BoundHandler } from "./hot.js";
import type { Candidate } from "./model.js";
import { createStepContext } from "./recorder.js";
import { createSandboxWorld, real, type ConsoleLevel } from "./sandbox.js";
import type { ExecutorState } from "./state.js";

/** What a workflow begins with that has no journal yet. */
export function describeTask(
  { args, generation }: Extract<Candidate, { kind: "task" }>,
  startedAt: number,
): JournalRead {
  return { args, startedAt, seed: generation, signals: [], ending: null, rows: [] };
}

/** Opens a workflow: nothing has run yet, and its claim is still to be taken. */
export function openHandler(
  state: ExecutorState,
  candidate: Candidate,
  read: JournalRead,
): HotWorkflow {
  const { workflow, definition } = candidate;
  const world = createSandboxWorld({
    nowMs: read.startedAt,
    seed: `${workflow}/${read.seed}`,
    log: (level, args) => print(state, level, [`[${definition} ${workflow}]`, ...args]),
  });
  const handler = bindHandler(state, candidate, read);
  const hot = new HotWorkflow(candidate, world, handler, real.now(), read.rows);
  hot.held.open(read.args, read.rows);
  hot.probation.opensAfterClaim = state.isCareful;
  hot.log.endWatch = new EndWatch(read.ending);
  if (candidate.kind === "task") {
    hot.log.push({
      op: "claimTask",
      task: candidate.row,
      startedAt: read.startedAt,
    });
    if (candidate.gate) passWorkflow(state, hot, candidate.gate);
  } else {
    const ending = read.ending ? { ending: read.ending.at } : {};
    hot.log.push({ op: "claimReplay", row: candidate.row, ...ending });
    if (read.signals.length > 0) hot.log.push({ op: "consume", rows: read.signals });
  }
  if (!state.registry.definitions.has(definition)) {
    hot.diverge({
      code: "UNKNOWN_DEFINITION",
      message: `No module given to executor.entry defines ${definition}.`,
    });
  }
  return hot;
}

/** Prints within the executor's share of the platform's lines per function (P14). */
function print(
  state: ExecutorState,
  level: ConsoleLevel,
  args: readonly unknown[],
): void {
  if (state.linesLeft <= 0) return;
  state.linesLeft -= 1;
  state.options.log(level, ...args);
  if (state.linesLeft === 0) {
    state.options.log(
      "warn",
      "This executor's console is used up; its handlers go on silently.",
    );
  }
}

function bindHandler(
  state: ExecutorState,
  { definition: name }: Candidate,
  read: JournalRead,
): BoundHandler {
  return async (hot) => {
    const definition = state.registry.definitions.get(name);
    if (!definition)
      throw executorError("UNKNOWN_DEFINITION", `Nothing defines ${name}.`);
    const retry = definition.retry ?? state.options.retry;
    const step = createStepContext(hot, state.registry, {
      defaults: retry === undefined ? {} : { retry },
      drainMs: state.options.drainMs,
      localMax: () => state.localMax,
    });
    const result = (await definition.handler(step, read.args as never)) ?? null;
    if (definition.returns) checkReturn(name, definition.returns, result);
    return result;
  };
}
