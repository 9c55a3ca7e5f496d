/**
 * What everything that one outside call or one scheduled job sets off has in common.
 *
 * Owns the shape only. It is handed down unchanged through all nested calls, except that an
 * identity does not cross into a component from an action.
 */
import type { UserIdentity } from "convex/server";

/** A scheduled job: jobs live in the namespace of the component that scheduled them. */
export interface JobRef {
  readonly component: string;
  readonly id: string;
}

/** The request that a function runs for. */
export interface RequestContext {
  readonly requestId: string;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly authToken: string | null;
  readonly identity: Partial<UserIdentity> | null;
  /** The scheduled job that all of this is part of. */
  readonly job: JobRef | null;
}

/** A request from outside, or, with a job, one of the scheduler's own. */
export function openRequest(
  requestId: string,
  fields: Partial<RequestContext> = {},
): RequestContext {
  return {
    ip: null,
    userAgent: null,
    authToken: null,
    identity: null,
    job: null,
    ...fields,
    requestId,
  };
}
