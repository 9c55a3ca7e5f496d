/**
 * The example with its components, as a deployment gets it.
 *
 * Owns which component stands where: by the paths that the app's and the components' configs
 * give them.
 */
import type { GenericSchema, SchemaDefinition } from "convex/server";
import type { CodeSource, Deployable } from "../../sim/index.js";
import { APP, componentOf, EXECUTOR, findModules } from "./modules.js";

/** Loads the example. `env` is what its functions find in `process.env`. */
export async function loadExample(
  env: Readonly<Record<string, string>>,
): Promise<Deployable> {
  return {
    app: { ...(await loadSource(APP)), env },
    components: await loadComponents(),
  };
}

/** Loads the component and those it uses, by path. */
export async function loadComponents(): Promise<Record<string, CodeSource>> {
  return {
    executor: await loadSource(EXECUTOR),
    "executor/workpool": await loadSource(componentOf("@convex-dev/workpool")),
    "executor/workpool/batchWorker": await loadSource(
      componentOf("@convex-dev/batch-worker"),
    ),
  };
}

/** Its modules are loaded here and now, so that many deployments share them. */
export async function loadSource(directory: string): Promise<CodeSource> {
  const modules: Record<string, Record<string, unknown>> = {};
  for (const [file, load] of Object.entries(await findModules(directory))) {
    modules[file] = await load();
  }
  const path = Object.keys(modules).find((file) => /^\.\/schema\.(ts|js)$/.test(file));
  if (path === undefined) throw new Error(`${directory} has no schema`);
  const { default: schema } = modules[path]!;
  return { modules, schema: schema as SchemaDefinition<GenericSchema, boolean> };
}
