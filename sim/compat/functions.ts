/**
 * From what names a function to the function: references, handles and paths are resolved to
 * an export of a module, and its validators are applied.
 */
import type { ValidatorJSON } from "convex/values";
import type { FunctionPath } from "./contexts.js";
import { currentComponentPath } from "./contexts.js";
import { getFunctionAddress } from "./convexPackage.js";
import type { ModuleLoader } from "./modules.js";
import { hasPendingValues, resolvePendingValues } from "./pendingValues.js";
import { checkValidator } from "./validation.js";

/** A function as a syscall names it: exactly one of these is given. */
export interface FunctionAddress {
  readonly name?: string | undefined;
  readonly reference?: string | undefined;
  readonly functionHandle?: string | undefined;
}

/** A handler; contexts and arguments are checked by their validators and not by types. */
export type Handler = (ctx: never, args: never) => unknown;

/** What `query({...})` and its like return. */
interface RegisteredFunction {
  readonly isQuery?: boolean;
  readonly isMutation?: boolean;
  readonly isAction?: boolean;
  exportArgs(): string;
  exportReturns(): string;
}

export interface ResolvedFunction {
  readonly func: RegisteredFunction;
  readonly functionPath: FunctionPath;
  readonly handler: Handler;
  readonly args: ValidatorJSON;
  readonly returns: ValidatorJSON | null;
}

export type FunctionType = "query" | "mutation" | "action";

const HANDLE_SCHEME = "function://";

export function formatHandle(path: FunctionPath): string {
  return `${HANDLE_SCHEME}${path.componentPath};${path.udfPath}`;
}

function parseHandle(handle: string): FunctionPath {
  const [componentPath, udfPath] = handle.split(HANDLE_SCHEME)[1]!.split(";");
  return { componentPath: componentPath!, udfPath: udfPath! };
}

/** Names and references are relative to the component that is running. */
export function pathOfAddress(address: FunctionAddress): FunctionPath {
  if (address.functionHandle !== undefined) return parseHandle(address.functionHandle);
  if (address.name !== undefined) {
    return { udfPath: address.name, componentPath: currentComponentPath() };
  }
  if (address.reference !== undefined) return pathOfChildReference(address.reference);
  throw new Error("Function address not supported");
}

export function pathOfReference(reference: unknown): FunctionPath {
  return pathOfAddress(getFunctionAddress(reference));
}

/** "_reference/childComponent/aggregate/path/to/file/fn" is "path/to/file:fn" of aggregate. */
function pathOfChildReference(reference: string): FunctionPath {
  const [, , child, ...rest] = reference.split("/");
  const exportName = rest.pop();
  const parent = currentComponentPath();
  return {
    componentPath: parent.length > 0 ? `${parent}/${child}` : child!,
    udfPath: `${rest.join("/")}:${exportName}`,
  };
}

export function handlerOf(func: object): Handler {
  return ("_handler" in func ? func._handler : func) as Handler;
}

const FLAGS = { query: "isQuery", mutation: "isMutation", action: "isAction" } as const;

/** Loads a function; with a type given, it must be one of that type. */
export async function resolveFunction(
  loaderOf: (componentPath: string) => ModuleLoader,
  functionPath: FunctionPath,
  type: FunctionType | "any",
): Promise<ResolvedFunction> {
  // "queries/messages:list" is the export `list`, and "queries/messages" the default export.
  const [modulePath = "", exportName = "default"] = functionPath.udfPath.split(":");
  const module = await loaderOf(functionPath.componentPath)(modulePath);
  const func = exportedFunction(module[exportName], modulePath, exportName);
  if (type !== "any" && !func[FLAGS[type]]) {
    const article = type === "action" ? "an" : "a";
    throw new Error(
      `Expected ${article} ${type} function, but the function exported from module ` +
        `"${modulePath}" as \`${exportName}\` is not ${article} ${type}.`,
    );
  }
  const args = JSON.parse(func.exportArgs()) as ValidatorJSON;
  if (args.type !== "object" && args.type !== "any") {
    // The platform refuses such a function when it is pushed.
    throw new Error(
      `Invalid JSON returned from ${modulePath}.js:${exportName}.exportArgs(): ` +
        "Args validator must be an object or any",
    );
  }
  const returns = JSON.parse(func.exportReturns()) as ValidatorJSON | null;
  return { func, functionPath, handler: handlerOf(func), args, returns };
}

function exportedFunction(
  exported: unknown,
  modulePath: string,
  exportName: string,
): RegisteredFunction {
  const expected = `Expected a Convex function exported from module "${modulePath}" as \`${exportName}\``;
  if (exported === undefined) {
    throw new Error(`${expected}, but there is no such export.`);
  }
  if (typeof handlerOf(exported as object) !== "function") {
    throw new Error(`${expected}, but got: ${exported as string}`);
  }
  return exported as RegisteredFunction;
}

export function checkArgs(
  resolved: ResolvedFunction,
  args: unknown,
  allowsPendingValues: boolean,
): void {
  if (!allowsPendingValues && hasPendingValues(args)) {
    throw new Error(
      `Invalid arguments for "${resolved.functionPath.udfPath}": an unresolved ` +
        "placeholder value can only be passed to a query or mutation " +
        "called from a mutation",
    );
  }
  checkValidator(resolved.args, resolvePendingValues(args));
}

export function checkReturns(
  resolved: ResolvedFunction,
  result: unknown,
  type: FunctionType,
): void {
  if (resolved.returns === null) return;
  try {
    checkValidator(resolved.returns, resolvePendingValues(result));
  } catch (error) {
    throw new Error(
      `Return value validation failed for ${type} "${resolved.functionPath.udfPath}":\n` +
        (error as Error).message,
    );
  }
}
