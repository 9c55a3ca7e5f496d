/** What every syscall can reach: the deployment it was called in, and its component. */
import { auths, currentComponentPath } from "../contexts.js";
import { TestAuth } from "../auth.js";
import type { ComponentDatabase } from "../database.js";
import { currentDeployment } from "../deployment.js";
import type { Caller } from "../executions.js";

/** Arguments after `JSON.parse`; the `convex` package is trusted with their shape. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- JSON of forty operations
export type SyscallArgs = Record<string, any>;

export function currentDatabase(): ComponentDatabase {
  return currentDeployment().component(currentComponentPath()).database;
}

/** In whose name a function calls on. Its request is inherited, not made anew. */
export function currentCaller(): Caller {
  return { auth: auths.getStore() ?? new TestAuth(), ip: null, userAgent: null };
}
