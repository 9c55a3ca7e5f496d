/**
 * What the running function is, in whose name it runs and which request it belongs to: one
 * AsyncLocalStorage for each, because they are entered and left at different points.
 *
 * A timer set with the real `setTimeout` inherits all of them, one set with a faked clock
 * runs in those of whoever moves the clock. Suites see the difference, so what a scheduled
 * function must not inherit is replaced or left explicitly, and nothing else.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { TestAuth } from "./auth.js";
import type { NestedLock } from "./nestedLock.js";

/** A function of one component; the app's own component has the path "". */
export interface FunctionPath {
  readonly componentPath: string;
  readonly udfPath: string;
}

export const ROOT_COMPONENT_PATH = "";

/** The function that is running. */
export interface Execution extends FunctionPath {
  readonly udfType: "query" | "mutation" | "action" | "http";
  /** How often it has called `.paginate()`: the platform allows one. */
  paginatedQueries: number;
}

/** What `ctx.meta.getRequestMetadata()` answers; a request's nested calls share it. */
export interface RequestMetadata {
  readonly [name: string]: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string;
  readonly scheduledFunctionId: string | null;
  readonly authToken: string | null;
}

export const executions = new AsyncLocalStorage<Execution>();
export const requests = new AsyncLocalStorage<RequestMetadata>();
export const auths = new AsyncLocalStorage<TestAuth>();
/** The lock of the innermost running query or mutation, which its children take in turn. */
export const nestedLocks = new AsyncLocalStorage<NestedLock>();

export function currentComponentPath(): string {
  return executions.getStore()?.componentPath ?? ROOT_COMPONENT_PATH;
}

let requestCount = 0;

/** A counter and not chance: a suite may have mocked what randomness comes from. */
export function newRequestId(): string {
  const id = `fake-request-id-${requestCount}`;
  requestCount += 1;
  return id;
}
