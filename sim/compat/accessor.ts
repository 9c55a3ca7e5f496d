/**
 * What a suite holds: every way to call into a deployment, in somebody's name.
 *
 * An accessor never changes; `withIdentity` and `withRequestMetadata` return another one.
 * Beyond the typed methods it has those that convex-test leaves untyped: suites cast for
 * `fun`, `runInComponent` and the calls by path.
 */
import type { UserIdentity } from "convex/server";
import { runWithSyscalls } from "../syscalls/abi.js";
import { createAuth } from "./auth.js";
import {
  actionFromPath,
  callFromPath,
  mutationFromPath,
  queryFromPath,
  runAction,
  runMutation,
  runQuery,
  snapshotQueryFromPath,
} from "./calls.js";
import type { Deployment } from "./deployment.js";
import { finishAll, finishInProgress } from "./drain.js";
import type { Caller } from "./executions.js";
import { fetchFromRouter } from "./fetch.js";
import { action, mutation, query, run, runInComponent } from "./run.js";

/** Methods that take who calls first; on an accessor that is settled. */
const CALLS = {
  query,
  mutation,
  action,
  queryFromPath,
  snapshotQueryFromPath,
  mutationFromPath,
  actionFromPath,
  runQuery,
  runMutation,
  runAction,
  runInComponent,
  run,
  fun: callFromPath,
  fetch: fetchFromRouter,
};

type Method = (...args: never[]) => unknown;

/** The methods of an accessor; `TestConvexForDataModel` is their public type. */
export type Accessor = Record<string, Method>;

export function createAccessor(deployment: Deployment, caller: Caller): Accessor {
  const within =
    (method: Method): Method =>
    (...args) =>
      runWithSyscalls(deployment, () => method(...args));
  const calls = Object.entries(CALLS).map(([name, call]) => [
    name,
    within((...args) => (call as Method)(caller as never, ...args)),
  ]);
  return {
    ...(Object.fromEntries(calls) as Accessor),
    finishInProgressScheduledFunctions: within(finishInProgress),
    finishAllScheduledFunctions: within(finishAll),
    withIdentity: (identity: Partial<UserIdentity>) =>
      createAccessor(deployment, { ...caller, auth: createAuth(identity) }),
    withRequestMetadata: (metadata: Partial<Pick<Caller, "ip" | "userAgent">>) =>
      createAccessor(deployment, {
        auth: caller.auth,
        ip: metadata.ip ?? null,
        userAgent: metadata.userAgent ?? null,
      }),
  };
}
