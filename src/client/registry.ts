/**
 * What an executor can run: the exports of the modules given to `executor.entry`.
 *
 * Owns the map from function names to definitions and in-process actions, and the
 * fingerprint by which code is told apart (P12).
 */
import { computeDigest } from "../shared/digest.js";
import { findInProcessAction, type InProcessAction } from "./action.js";
import { STEP_DEFINITION } from "../shared/model.js";
import { findDefinition, type Definition } from "./definition.js";
import { stepDefinition } from "./runtime/dispatch.js";

/** Modules by their path under the functions folder, e.g. `{ reviews, "jobs/nightly": nightly }`. */
export type Modules = Record<string, Record<string, unknown>>;

/** Definitions and in-process actions by function name, e.g. `reviews:review`. */
export type Registry = {
  definitions: Map<string, Definition>;
  actions: Map<string, InProcessAction>;
  fingerprint: string;
};

/** Collects what the modules export. */
export function buildRegistry(modules: Modules): Registry {
  const definitions = new Map<string, Definition>([[STEP_DEFINITION, stepDefinition]]);
  const actions = new Map<string, InProcessAction>();
  for (const [path, exports] of Object.entries(modules)) {
    for (const [name, exported] of Object.entries(exports)) {
      const fullName = `${path}:${name}`;
      const definition = findDefinition(exported);
      if (definition) definitions.set(fullName, definition);
      const action = findInProcessAction(exported);
      if (action) actions.set(fullName, action);
    }
  }
  const names = [...definitions.keys(), ...actions.keys()].sort();
  return { definitions, actions, fingerprint: computeDigest(names) };
}
