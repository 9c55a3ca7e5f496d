/** A deployment of a few functions, for tests of the runtime. */
import {
  defineSchema,
  defineTable,
  makeFunctionReference,
  mutationGeneric,
  type FunctionReference,
} from "convex/server";
import { v } from "convex/values";
import { createConvex, type Convex, type ConvexOptions } from "../index.js";
import type { JobRow } from "./schedulingRows.js";

const schema = defineSchema({
  notes: defineTable({ text: v.string() }).index("by_text", ["text"]),
});

/** Inserts a note. */
export const add = mutationGeneric({
  args: { text: v.string() },
  handler: async (ctx, note) => {
    await ctx.db.insert("notes", note);
  },
});

/** The source of an app whose functions are in module `app`, with a table of notes. */
export function appOf(functions: Record<string, unknown>): ConvexOptions["app"] {
  return { schema, modules: { "app.ts": { add, ...functions } } };
}

/** Deploys such an app. */
export async function openApp(
  functions: Record<string, unknown>,
  options: Partial<ConvexOptions> = {},
): Promise<Convex> {
  return await createConvex({ app: appOf(functions), ...options });
}

// Without types of arguments, so that those without any may leave them out.
export function query(name: string): FunctionReference<"query"> {
  return makeFunctionReference<"query">(`app:${name}`);
}
export function mutation(name: string): FunctionReference<"mutation"> {
  return makeFunctionReference<"mutation">(`app:${name}`);
}
export function action(name: string): FunctionReference<"action"> {
  return makeFunctionReference<"action">(`app:${name}`);
}

/** Texts of all notes that are committed. */
export function textsOf(convex: Convex): string[] {
  return convex.rows<{ text: string }>("", "notes").map(({ text }) => text);
}

/** Rows of all jobs of a component. */
export function jobsOf(convex: Convex, component = ""): JobRow[] {
  return convex.rows(component, "_scheduled_functions") as unknown as JobRow[];
}

/** States of all jobs of a component. */
export function statesOf(convex: Convex, component = ""): string[] {
  return jobsOf(convex, component).map(({ state }) => state.kind);
}

/** Lets an action sleep. */
export async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
