/**
 * Makes a hot workflow out of a candidate.
 *
 * Owns the binding of a definition to its workflow: its deterministic world, its step
 * context, and the operation that will claim it.
 */
import { measureValue } from "../../shared/sizes.js";
import { executorError } from "../../shared/errors.js";
import { checkReturn } from "../action.js";
import type { JournalRead } from "./backend.js";
import { HotWorkflow, type BoundHandler } from "./hot.js";
import type { Candidate } from "./model.js";
import { createStepContext } from "./recorder.js";
import { createSandboxWorld } from "./sandbox.js";
import type { ExecutorState } from "./state.js";

/** Opens a workflow: nothing has run yet, and its claim is still to be taken. */
export function openHandler(
  state: ExecutorState,
  candidate: Candidate,
  read: JournalRead,
): HotWorkflow {
  const { workflow, generation, definition } = candidate;
  const world = createSandboxWorld({
    nowMs: read.startedAt,
    seed: `${workflow}/${generation}`,
    log: (level, args) =>
      state.options.log(level, `[${definition} ${workflow}]`, ...args),
  });
  const hot = new HotWorkflow(
    candidate,
    world,
    bindHandler(state, candidate, read),
    read.rows,
  );
  hot.bytes = measureValue(read.args).bytes;
  if (candidate.kind === "task") {
    hot.operations.push({
      op: "claimTask",
      task: candidate.row,
      startedAt: read.startedAt,
    });
  } else {
    hot.operations.push({ op: "claimReplay", row: candidate.row });
    if (read.signal) hot.operations.push({ op: "consume", ...read.signal });
  }
  if (!state.registry.definitions.has(definition)) {
    hot.divergence = `no module given to executor.entry defines ${definition}`;
  }
  return hot;
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
    const step = createStepContext(
      hot,
      state.registry,
      retry === undefined ? {} : { retry },
    );
    const result = (await definition.handler(step, read.args as never)) ?? null;
    if (definition.returns) checkReturn(name, definition.returns, result);
    return result;
  };
}
