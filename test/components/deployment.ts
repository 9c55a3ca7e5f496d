/**
 * An app with other people's components on the embedded Convex, as they are published.
 *
 * Owns the wiring: each component's `./test` entry says what it registers under which path.
 */
import {
  defineSchema,
  defineTable,
  makeFunctionReference,
  type FunctionReference,
  type GenericSchema,
  type SchemaDefinition,
} from "convex/server";
import { v } from "convex/values";
import {
  createConvex,
  type CodeSource,
  type Convex,
  type ConvexOptions,
  type ModuleMap,
} from "../../sim/index.js";

type Schema = SchemaDefinition<GenericSchema, boolean>;
type Register = (t: never) => void;

/** The app's own tables. */
const schema = defineSchema({
  items: defineTable({ value: v.number() }).index("by_value", ["value"]),
});

/** Starts an app that exports `exports` from its one module, with these components. */
export async function openWith(
  registers: readonly Register[],
  exports: Record<string, unknown>,
  options: Partial<ConvexOptions> = {},
): Promise<Convex> {
  const components: Record<string, CodeSource> = {};
  const t = {
    registerComponent: (path: string, ownSchema: Schema, modules: ModuleMap) => {
      components[path] = { schema: ownSchema, modules };
    },
  };
  for (const register of registers) register(t as never);
  return await createConvex({
    app: { schema, modules: { "app.ts": exports } },
    components,
    class: "s256",
    ...options,
  });
}

/** A reference to a function of the app. */
export function ref<Kind extends "query" | "mutation" | "action">(
  name: string,
): FunctionReference<Kind, "public", any, any> {
  return makeFunctionReference<Kind>(`app:${name}`) as never;
}
