/**
 * For apps that test with convex-test: registers this component and those it uses.
 *
 * Published as TypeScript, since `import.meta.glob` is read by the app's own vite.
 */
/// <reference types="vite/client" />
import workpool from "@convex-dev/workpool/test";
import type { TestConvex } from "convex-test";
import type { GenericSchema, SchemaDefinition } from "convex/server";

import schema from "./component/schema.js";

const modules = import.meta.glob(["./component/**/*.ts", "!./component/**/*.test.ts"]);

type AnySchema = SchemaDefinition<GenericSchema, boolean>;

/** Registers the component under the name that the app's convex.config.ts gives it. */
export function register<Schema extends AnySchema>(
  t: TestConvex<Schema>,
  name: string = "executor",
): void {
  t.registerComponent(name, schema, modules);
  // Registering reads nothing of the app's own schema, which only the type carries.
  workpool.register(t as unknown as TestConvex<AnySchema>, `${name}/workpool`);
}

export default { register, schema, modules };
