/**
 * The code that is deployed: every component's modules and the functions that they export.
 *
 * Owns loading, and finding a function by its path. One object is one version: a deploy makes
 * a new one, and an action that is running keeps what it had.
 */
import type { GenericSchema, SchemaDefinition } from "convex/server";
import type { ValidatorJSON } from "convex/values";
import { userFailure, type FunctionFailure } from "./failure.js";
import { splitPath, within, type FunctionPath } from "./functionPath.js";

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

  /** A module's exports; null if there is none. One that does not load is an error. */
  module(component: string, name: string): Module | null {
    const place = this.#components.get(component);
    if (!place) throw userFailure(`Component path '${component}' not found`);
    const module = place.modules.get(name);
    if (module instanceof Error) throw module;
    return module ?? null;
  }

  /** Whether there is a function at a path. */
  has(path: FunctionPath): boolean {
    try {
      return this.find(path) !== null;
    } catch {
      return false;
    }
  }

  /** The function at a path; that there is none is the caller's error. */
  function(path: FunctionPath): CallableFunction {
    const found = this.find(path);
    if (!found) throw missingFailure(path);
    return found;
  }

  /** The function at a path, or null. */
  find(path: FunctionPath): CallableFunction | null {
    const key = `${path.component};${path.udfPath}`;
    const known = this.#functions.get(key);
    if (known) return known;
    const found = this.#read(path);
    if (found) this.#functions.set(key, found);
    return found;
  }

  #read(path: FunctionPath): CallableFunction | null {
    const { moduleName, exportName } = splitPath(path.udfPath);
    const registered = this.module(path.component, moduleName)?.[exportName];
    const kind = kindOf(registered);
    if (kind === null) return null;
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

/** `missing_or_internal_error` in crates/udf/src/validation.rs at 94a42c3d. */
function missingFailure({ component, udfPath }: FunctionPath): FunctionFailure {
  const { moduleName, exportName } = splitPath(udfPath);
  const name = exportName === "default" ? moduleName : `${moduleName}:${exportName}`;
  return userFailure(`Could not find public function for '${name}'${within(component)}.`);
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
    modules.set(name, isLoader(entry) ? await load(name, entry) : entry);
  }
  return modules;
}

function isLoader(entry: ModuleMap[string]): entry is () => Promise<unknown> {
  return typeof entry === "function";
}

/**
 * A module that does not load is trouble for those who call it, not for the others. What they
 * hear names the module only: the error's own words, which may tell of the machine's paths,
 * are the cause. The platform would have refused to deploy it ("Failed to analyze" in
 * crates/isolate/src/environment/analyze.rs at 94a42c3d).
 */
async function load(
  name: string,
  entry: () => Promise<unknown>,
): Promise<Module | Error> {
  try {
    return (await entry()) as Module;
  } catch (error) {
    const failure = userFailure(`Failed to analyze ${name}.js: its import failed.`);
    failure.cause = error;
    return failure;
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
