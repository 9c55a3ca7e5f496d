/**
 * An in-memory Convex deployment that behaves as convex-test 0.0.60: alias `convex-test` to
 * this file and a suite written for it runs on the indexed store of this directory.
 *
 *
 * Its differences from a real deployment are convex-test's, kept on purpose; a simulation of
 * the platform is `createConvex`.
 *
 * For a suite of another project, which has a `convex` of its own:
 * - values and errors are of that copy (compat/convexPackage.ts);
 * - types are of ours, until tsconfig's `paths` lead `convex/*` to that copy, too;
 * - a test that names no modules gets those in `convex/` of Vite's root (compat/modules.ts).
 */
import type { GenericSchema, SchemaDefinition } from "convex/server";
import { createAccessor } from "./compat/accessor.js";
import { TestAuth } from "./compat/auth.js";
import { ROOT_COMPONENT_PATH } from "./compat/contexts.js";
import { Deployment } from "./compat/deployment.js";
import { installIsolation } from "./compat/globals.js";
import type { ModuleGlob } from "./compat/modules.js";
import { syscallTable } from "./compat/syscalls/table.js";
import type { AnySchema } from "./compat/schema.js";
import type { LimitsConfig } from "./compat/transactions.js";
import type { TestConvex } from "./compat/types.js";
import { installGlobal } from "./syscalls/abi.js";

export type {
  TestConvex,
  TestConvexForDataModel,
  TestConvexForDataModelAndIdentity,
  TestConvexRoot,
} from "./compat/types.js";

interface Options {
  readonly schema?: AnySchema | undefined;
  readonly modules?: ModuleGlob | undefined;
  readonly transactionLimits?: LimitsConfig | undefined;
}

/**
 * Creates a deployment for one test.
 *
 * @param schema The default export of `schema.ts`; without it any document is taken.
 * @param modules `import.meta.glob("./**\/*.*s")` from the functions' directory, when that is
 *   not the `convex` directory of the project.
 */
export function convexTest<Schema extends GenericSchema>(
  schema?: SchemaDefinition<Schema, boolean>,
  modules?: ModuleGlobOf,
): TestConvex<SchemaDefinition<Schema, boolean>>;
/**
 * Creates a deployment for one test.
 *
 * @param options `schema` and `modules` as above; `transactionLimits` enforces the platform's
 *   limits (true) or those given, and by default none.
 */
export function convexTest<Schema extends GenericSchema>(options: {
  schema?: SchemaDefinition<Schema, boolean>;
  modules?: ModuleGlobOf;
  transactionLimits?: LimitsConfig;
}): TestConvex<SchemaDefinition<Schema, boolean>>;
export function convexTest(
  schemaOrOptions?: AnySchema | Options,
  modules?: ModuleGlob,
): unknown {
  const options = optionsFrom(schemaOrOptions, modules);
  const deployment = new Deployment(options.transactionLimits ?? false, syscallTable);
  deployment.register(ROOT_COMPONENT_PATH, options.schema ?? null, options.modules);
  installIsolation();
  installGlobal();
  const nobody = { auth: new TestAuth(), ip: null, userAgent: null };
  return {
    ...createAccessor(deployment, nobody),
    registerComponent: (path: string, schema: AnySchema, glob: ModuleGlob) => {
      deployment.register(path, schema, glob);
    },
  };
}

/** A glob as its callers type it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as convex-test has it
type ModuleGlobOf = Record<string, () => Promise<any>>;

function optionsFrom(
  given: AnySchema | Options | undefined,
  modules: ModuleGlob | undefined,
): Options {
  if (given === undefined) return { modules };
  const isSchema = "tables" in given && typeof given.tables === "object";
  return isSchema ? { schema: given, modules } : (given as Options);
}
