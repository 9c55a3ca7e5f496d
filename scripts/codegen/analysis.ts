/**
 * What a deployment finds out about pushed code, found by importing the bundles in Node.
 *
 * Owns: the `analysis` part of the answer to `start_push`. Knows no HTTP and no CLI.
 *
 * Invariants:
 * A1. Validators are printed with their keys sorted, as the server prints them; otherwise
 *     generated files would depend on the order in which the source names its fields.
 * A2. The result depends on the pushed bundles alone: no clock, no environment.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";

import type { Bundle, PushedComponent } from "../push/pushRequest.js";
import { computeExports, type AnalyzedFunction } from "./exportTree.js";

interface Definition {
  definitionType: { type: string; name?: string };
  childComponents: unknown[];
  httpMounts: Record<string, unknown>;
  envVars?: unknown[];
}

type ComponentAnalysis = Record<string, unknown>;

/** Analyses the app and its components; the result is keyed by definition path. */
export async function analyzePush(
  components: PushedComponent[],
  directory: string,
): Promise<Record<string, ComponentAnalysis>> {
  installRuntimeGlobals();
  const definitions = new Map<string, Promise<Definition>>();
  const loadDefinition = (definitionPath: string): Promise<Definition> => {
    let definition = definitions.get(definitionPath);
    if (definition === undefined) {
      const index = components.findIndex((one) => one.definitionPath === definitionPath);
      const component = components[index];
      if (component === undefined) {
        throw new Error(`no component was pushed at "${definitionPath}"`);
      }
      const target = path.join(directory, `definition-${index}`);
      definition = evaluateDefinition(component, target, loadDefinition);
      definitions.set(definitionPath, definition);
    }
    return definition;
  };
  const analysis: Record<string, ComponentAnalysis> = {};
  for (const [index, component] of components.entries()) {
    const definition = await loadDefinition(component.definitionPath);
    const target = path.join(directory, `component-${index}`);
    analysis[component.definitionPath] = await analyzeComponent(
      component,
      definition,
      target,
    );
  }
  return analysis;
}

/**
 * The CLI's bundler replaces `node:async_hooks` by a module that reads these two names from
 * the global object, where the Convex runtime has them and Node does not.
 */
function installRuntimeGlobals(): void {
  Object.assign(globalThis, { AsyncLocalStorage, AsyncResource });
}

async function evaluateDefinition(
  component: PushedComponent,
  directory: string,
  loadDefinition: (definitionPath: string) => Promise<Definition>,
): Promise<Definition> {
  // The CLI leaves imports of child definitions external, under these names; the deployment
  // provides the modules.
  for (const childPath of component.dependencies) {
    const child = await loadDefinition(childPath);
    const name = Buffer.from(childPath).toString("base64url");
    const stub = { componentDefinitionPath: childPath, defaultName: resolveName(child) };
    await writeModule(directory, {
      path: `_componentDeps/${name}`,
      source: `export default ${JSON.stringify(stub)};`,
    });
  }
  const module = await loadModule<{ default: { export(): Definition } }>(
    directory,
    component.definition,
  );
  return module.default.export();
}

function resolveName(definition: Definition): string {
  if (definition.definitionType.name === undefined) {
    throw new Error("an app cannot be used as a component");
  }
  return definition.definitionType.name;
}

async function analyzeComponent(
  component: PushedComponent,
  definition: Definition,
  directory: string,
): Promise<ComponentAnalysis> {
  // All are written before any is imported: modules share chunks.
  for (const bundle of component.functions) {
    await writeModule(directory, bundle);
  }
  const modules: Record<string, { functions: AnalyzedFunction[] }> = {};
  for (const bundle of component.functions) {
    if (bundle.path.startsWith("_deps/") || bundle.path === "auth.config.js") {
      continue;
    }
    const module = await importFile(path.join(directory, bundle.path));
    modules[bundle.path] = { functions: resolveFunctions(module) };
  }
  return {
    definition: {
      path: component.definitionPath,
      definitionType: definition.definitionType,
      childComponents: definition.childComponents,
      httpMounts: definition.httpMounts,
      exports: computeExports(modules),
      ...(definition.envVars === undefined ? {} : { envVars: definition.envVars }),
    },
    schema: await evaluateSchema(component.schema, `${directory}-schema`),
    functions: modules,
    udfConfig: {
      serverVersion: "offline",
      importPhaseRngSeed: null,
      importPhaseUnixTimestamp: null,
    },
  };
}

async function evaluateSchema(
  schema: Bundle | null,
  directory: string,
): Promise<unknown> {
  if (schema === null) {
    return null;
  }
  const module = await loadModule<{ default: { export(): string } }>(directory, schema);
  return sortKeys(JSON.parse(module.default.export()));
}

interface RegisteredFunction {
  isQuery?: boolean;
  isMutation?: boolean;
  isAction?: boolean;
  isPublic?: boolean;
  exportArgs(): string;
  exportReturns(): string;
}

function resolveFunctions(module: Record<string, unknown>): AnalyzedFunction[] {
  const functions: AnalyzedFunction[] = [];
  for (const name of Object.keys(module).sort()) {
    const udfType = resolveUdfType(module[name]);
    if (udfType === null) {
      continue;
    }
    const registered = module[name] as RegisteredFunction;
    functions.push({
      name,
      pos: null,
      udfType,
      visibility: { kind: registered.isPublic === true ? "public" : "internal" },
      args: sortValidator(registered.exportArgs()),
      returns: sortValidator(registered.exportReturns()),
    });
  }
  return functions;
}

function resolveUdfType(value: unknown): AnalyzedFunction["udfType"] | null {
  if (typeof value !== "function") {
    return null;
  }
  const registered = value as Partial<RegisteredFunction>;
  if (registered.isQuery === true) return "Query";
  if (registered.isMutation === true) return "Mutation";
  return registered.isAction === true ? "Action" : null;
}

function sortValidator(json: string): string {
  return JSON.stringify(sortKeys(JSON.parse(json)));
}

/** Sorts the keys of every object in a JSON value (invariant A1). */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sortKeys);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sortKeys(child)]));
}

async function loadModule<T>(directory: string, bundle: Bundle): Promise<T> {
  await writeModule(directory, bundle);
  return (await importFile(path.join(directory, bundle.path))) as T;
}

async function writeModule(
  directory: string,
  module: Pick<Bundle, "path" | "source">,
): Promise<void> {
  const file = path.join(directory, module.path);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, module.source);
}

async function importFile(file: string): Promise<Record<string, unknown>> {
  return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
}
