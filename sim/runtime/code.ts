/**
 * The code that is deployed: every component's modules and the functions that they export.
 *
 * Owns loading, and finding a function by its path. One object is one version: a deploy makes
 * a new one, and an action that is running keeps what it had.
 */
import type { GenericSchema, SchemaDefinition } from "convex/server";
import type { ValidatorJSON } from "convex/values";
import { userFailure } from "./failure.js";

export type Module = Record<string, unknown>;

/** Modules by file, as `import.meta.glob` gives them, or as they are. */
export type ModuleMap = Record<string, Module | (() => Promise<unknown>)>;

/** What is deployed at one place: the app, or one component. */
export interface CodeSource {
  readonly schema?: SchemaDefinition<GenericSchema, boolean> | null;
  readonly modules: ModuleMap;
  /** Environment variables that this place may read. */
  readonly env?: Readonly<Record<string, string>>;
}

/** An app with its components, by the path of names under which they are used. */
export interface Deployable {
  readonly app: CodeSource;
  readonly components?: Readonly<Record<string, CodeSource>>;
}

/** What is deployed where; the app is at "". */
export function listSources({
  app,
  components = {},
}: Deployable): Map<string, CodeSource> {
  return new Map([["", app], ...Object.entries(components)]);
}

/** Where a function is: `component` is the path of names, "" for the app. */
export interface FunctionPath {
  readonly component: string;
  /** `module/path:export`. */
  readonly udfPath: string;
}

export type FunctionKind = "query" | "mutation" | "action";

/** What `convex/server` makes of a function; see PLATFORM.md section 6. */
interface RegisteredFunction {
  readonly isQuery?: true;
  readonly isMutation?: true;
  readonly isAction?: true;
  readonly isPublic?: true;
  invokeQuery(args: string): Promise<string>;
  invokeMutation(args: string): Promise<string>;
  invokeAction(requestId: string, args: string): Promise<string>;
  exportArgs(): string;
  exportReturns(): string;
}

/** A function that can be called. */
export interface CallableFunction {
  readonly path: FunctionPath;
  readonly kind: FunctionKind;
  readonly visibility: "public" | "internal";
  readonly args: ValidatorJSON;
  readonly returns: ValidatorJSON | null;
  readonly registered: RegisteredFunction;
}

type Component = { modules: Map<string, Module | Error>; source: CodeSource };

export class Code {
  readonly #components: Map<string, Component>;
  readonly #functions = new Map<string, CallableFunction>();

  private constructor(components: Map<string, Component>) {
    this.#components = components;
  }

  /** Loads all modules now, so that no import stands still in the middle of a run. */
  static async load(sources: ReadonlyMap<string, CodeSource>): Promise<Code> {
    const components = new Map<string, Component>();
    for (const [path, source] of sources) {
      components.set(path, { source, modules: await loadModules(source.modules) });
    }
    return new Code(components);
  }

  /** The component at a path, or undefined. */
  source(component: string): CodeSource | undefined {
    return this.#components.get(component)?.source;
  }

  /** Paths of all components, that of the app included. */
  paths(): string[] {
    return [...this.#components.keys()];
  }

  /** Whether a component has a module. */
  hasModule(component: string, name: string): boolean {
    return this.#components.get(component)?.modules.has(name) === true;
  }

  /** A module's exports; a missing one is the caller's error. */
  module(component: string, name: string): Module {
    const place = this.#components.get(component);
    if (!place) {
      throw userFailure(
        `Component "${component}" is not deployed. Deploy it under this path.`,
      );
    }
    const module = place.modules.get(name);
    if (module instanceof Error) throw module;
    if (module) return module;
    const where = component === "" ? "" : ` in component "${component}"`;
    throw userFailure(`Could not find module "${name}"${where}.`);
  }

  /** Whether there is a function at a path. */
  has(path: FunctionPath): boolean {
    try {
      return this.function(path) !== undefined;
    } catch {
      return false;
    }
  }

  /** The function at a path. */
  function(path: FunctionPath): CallableFunction {
    const key = `${path.component};${path.udfPath}`;
    const known = this.#functions.get(key);
    if (known) return known;
    const found = this.#find(path);
    this.#functions.set(key, found);
    return found;
  }

  #find(path: FunctionPath): CallableFunction {
    const [moduleName = "", exportName = "default"] = path.udfPath.split(":");
    const registered = this.module(path.component, moduleName)[exportName];
    const kind = kindOf(registered);
    if (kind === null) {
      throw userFailure(
        `Could not find a Convex function "${exportName}" in module "${moduleName}".`,
      );
    }
    const callable = registered as RegisteredFunction;
    const args = JSON.parse(callable.exportArgs()) as ValidatorJSON;
    if (args.type !== "object" && args.type !== "any") {
      throw userFailure(
        `Invalid arguments validator of ${path.udfPath}: it must be an object or any.`,
      );
    }
    return {
      path: { component: path.component, udfPath: `${moduleName}:${exportName}` },
      kind,
      visibility: callable.isPublic ? "public" : "internal",
      args,
      returns: JSON.parse(callable.exportReturns()) as ValidatorJSON | null,
      registered: callable,
    };
  }
}

function kindOf(value: unknown): FunctionKind | null {
  if (typeof value !== "function") return null;
  if ("isQuery" in value) return "query";
  if ("isMutation" in value) return "mutation";
  return "isAction" in value ? "action" : null;
}

/** As the Convex CLI: a name with a second dot is no module (tests, types, configs). */
async function loadModules(map: ModuleMap): Promise<Map<string, Module | Error>> {
  const root = findRoot(Object.keys(map));
  const modules = new Map<string, Module | Error>();
  for (const [file, entry] of Object.entries(map)) {
    const name = file.slice(root.length).replace(/\.[cm]?[jt]sx?$/, "");
    if (name.includes(".") || name.startsWith("_generated/")) continue;
    modules.set(name, isLoader(entry) ? await load(entry) : entry);
  }
  return modules;
}

function isLoader(entry: ModuleMap[string]): entry is () => Promise<unknown> {
  return typeof entry === "function";
}

/** A module that does not load is trouble for those who call it, not for the others. */
async function load(entry: () => Promise<unknown>): Promise<Module | Error> {
  try {
    return (await entry()) as Module;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Module names count from the directory that holds `_generated`, else from the common one. */
function findRoot(files: readonly string[]): string {
  const generated = files.find((file) => file.includes("_generated/"));
  if (generated !== undefined)
    return generated.slice(0, generated.indexOf("_generated/"));
  const [first = "", ...others] = files.map((file) =>
    file.slice(0, file.lastIndexOf("/") + 1),
  );
  return others.reduce((root, directory) => {
    let common = root;
    while (!directory.startsWith(common)) {
      common = common.slice(0, common.lastIndexOf("/", common.length - 2) + 1);
    }
    return common;
  }, first);
}
