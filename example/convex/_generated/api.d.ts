/* eslint-disable */
/**
 * Generated `api` utility.
 *
 * THIS CODE IS AUTOMATICALLY GENERATED.
 *
 * To regenerate, run `npx convex dev`.
 * @module
 */

import type * as anthropic from "../anthropic.js";
import type * as bench from "../bench.js";
import type * as benchPrompts from "../benchPrompts.js";
import type * as claude from "../claude.js";
import type * as documents from "../documents.js";
import type * as executor from "../executor.js";
import type * as messagesApi from "../messagesApi.js";
import type * as reviews from "../reviews.js";
import type * as shards from "../shards.js";

import type {
  ApiFromModules,
  FilterApi,
  FunctionReference,
} from "convex/server";

declare const fullApi: ApiFromModules<{
  anthropic: typeof anthropic;
  bench: typeof bench;
  benchPrompts: typeof benchPrompts;
  claude: typeof claude;
  documents: typeof documents;
  executor: typeof executor;
  messagesApi: typeof messagesApi;
  reviews: typeof reviews;
  shards: typeof shards;
}>;

/**
 * A utility for referencing Convex functions in your app's public API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = api.myModule.myFunction;
 * ```
 */
export declare const api: FilterApi<
  typeof fullApi,
  FunctionReference<any, "public">
>;

/**
 * A utility for referencing Convex functions in your app's internal API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = internal.myModule.myFunction;
 * ```
 */
export declare const internal: FilterApi<
  typeof fullApi,
  FunctionReference<any, "internal">
>;

export declare const components: {
  executor: import("convex-executor/_generated/component.js").ComponentApi<"executor">;
};
