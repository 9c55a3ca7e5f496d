/// <reference types="vite/client" />

/**
 * The copy of the `convex` package whose classes a suite sees.
 *
 * Aliased into another project, this directory would find the `convex` beside itself, while
 * the suite has that of its own project: errors thrown by `ctx` would then fail the suite's
 * `instanceof ConvexError`. Vite resolves a pattern that starts with a slash from the root of
 * the project under test, so the copy in the nearest node_modules from there on upwards is
 * taken. It is the same module instance as the suite's: both end in the same file.
 *
 * Everything under sim/compat that meets values of user code imports them from here; the
 * store keeps to its own copy and is only spoken to in JSON and plain values.
 */
import type * as ownServer from "convex/server";
import type * as ownValues from "convex/values";

type Found = Record<string, () => Promise<unknown>>;

/**
 * Outside of Vite there is no glob, and one copy: the one beside us. It is not even loaded
 * where the project has one, because every test file would pay for it.
 */
async function projectCopy<M>(
  places: readonly (() => Found)[],
  loadOwn: () => Promise<M>,
): Promise<M> {
  for (const place of places) {
    const load = Object.values(found(place))[0];
    if (load !== undefined) return (await load()) as M;
  }
  return await loadOwn();
}

function found(place: () => Found): Found {
  try {
    return place();
  } catch {
    return {};
  }
}

// Vite reads the patterns out of the source, so each has to be written down.
const server = await projectCopy<typeof ownServer>(
  [
    () => import.meta.glob("/node_modules/convex/dist/esm/server/index.js"),
    () => import.meta.glob("/../node_modules/convex/dist/esm/server/index.js"),
    () => import.meta.glob("/../../node_modules/convex/dist/esm/server/index.js"),
    () => import.meta.glob("/../../../node_modules/convex/dist/esm/server/index.js"),
  ],
  () => import("convex/server"),
);

const values = await projectCopy<typeof ownValues>(
  [
    () => import.meta.glob("/node_modules/convex/dist/esm/values/index.js"),
    () => import.meta.glob("/../node_modules/convex/dist/esm/values/index.js"),
    () => import.meta.glob("/../../node_modules/convex/dist/esm/values/index.js"),
    () => import.meta.glob("/../../../node_modules/convex/dist/esm/values/index.js"),
  ],
  () => import("convex/values"),
);

export const {
  actionGeneric,
  getFunctionAddress,
  httpActionGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} = server;

export const { convexToJson, jsonToConvex, getConvexSize } = values;

/** Undefined in versions of `convex` that know no commit timestamps. */
export const CommitTsPlaceholder: typeof ownValues.CommitTsPlaceholder | undefined =
  values.CommitTsPlaceholder;
