/**
 * Why a function is not called: the platform's words for what is not there, may not be seen
 * or is something else.
 *
 * Owns the words, each with where the backend has them (at 94a42c3d); who says them when is
 * the callers' business.
 */
import type { CallableFunction, Code, FunctionKind } from "./code.js";
import { userFailure } from "./failure.js";
import {
  fileName,
  splitPath,
  within,
  type FunctionPath,
  type Target,
} from "./functionPath.js";

/** How errors name kinds: `UdfType` in crates/common/src/types/functions.rs. */
const KIND_NAMES = { query: "Query", mutation: "Mutation", action: "Action" } as const;

/** The function that an address leads to: of children only what is public. */
export function findTarget(code: Code, target: Target): CallableFunction {
  requireVisible(code, target);
  return code.function(target);
}

/** `resolve` in crates/model/src/components/mod.rs. */
export function requireVisible(code: Code, target: Target): void {
  const { child, component } = target;
  if (child === null) return;
  const name = `ComponentName(Identifier(${JSON.stringify(child)}))`;
  if (!code.source(component)) throw userFailure(`Child component ${name} not found`);
  if (code.find(target)?.visibility === "public") return;
  const { moduleName, exportName } = splitPath(target.udfPath);
  const parts = [...moduleName.split("/"), exportName].map(
    (part) => `PathComponent(${JSON.stringify(part)})`,
  );
  throw userFailure(`Child component ${name} does not export [${parts.join(", ")}]`);
}

/**
 * What an action names was looked up when it began: `resolve` in
 * crates/isolate/src/environment/action/task_executor.rs.
 */
export function requireResolved(code: Code, target: Target): void {
  const { child, component, udfPath } = target;
  const fn = code.source(component) ? code.find(target) : null;
  if (fn && (child === null || fn.visibility === "public")) return;
  const { moduleName, exportName } = splitPath(udfPath);
  const name = [child ?? "api", ...moduleName.split("/"), exportName].join(".");
  throw userFailure(`Couldn't resolve ${name}`);
}

/** Throws unless a function is of the kind that was called; crates/udf/src/validation.rs. */
export function requireKind(fn: CallableFunction, kind: FunctionKind): void {
  if (fn.kind === kind) return;
  const { component, udfPath } = fn.path;
  throw userFailure(
    `Trying to execute ${fileName(udfPath)}${within(component)} as ${KIND_NAMES[kind]}, ` +
      `but it is defined as ${KIND_NAMES[fn.kind]}.`,
  );
}

/** `validate_schedule_args` in crates/udf/src/validation.rs. */
export function requireSchedulable(code: Code, path: FunctionPath): void {
  const { component, udfPath } = path;
  const { moduleName, exportName } = splitPath(udfPath);
  if (code.module(component, moduleName) === null) {
    const place = component === "" ? "" : `${component} `;
    throw userFailure(
      `Attempted to schedule function at nonexistent path: ${place}${moduleName}.js`,
    );
  }
  if (code.find(path)) return;
  throw userFailure(
    `Attempted to schedule function, but no exported function ${exportName} found in the ` +
      `file: ${moduleName}.js${within(component)}. Did you forget to export it?`,
  );
}

/** A job's function when it is due; `get_analyzed_function` in crates/model/src/modules/mod.rs. */
export function findScheduled(code: Code, path: FunctionPath): CallableFunction {
  const { moduleName, exportName } = splitPath(path.udfPath);
  const file = `${moduleName}.js`;
  if (code.module(path.component, moduleName) === null) {
    throw userFailure(
      `Couldn't find JavaScript module '${file}'. Did you forget to run \`npx convex dev\`?`,
    );
  }
  const fn = code.find(path);
  if (fn) return fn;
  throw userFailure(
    `Couldn't find FunctionName(${JSON.stringify(exportName)}) in module "${file}".`,
  );
}
