/**
 * Calls from outside: how tests and programs reach a deployment's functions.
 *
 * Owns what a client sends and what it hears back. All of it is admin: internal functions
 * and components' functions may be called too. A call lets time pass until it has returned.
 */
import {
  getFunctionAddress,
  mutationGeneric,
  type AnyDataModel,
  type FunctionArgs,
  type FunctionReference,
  type FunctionReturnType,
  type FunctionVisibility,
  type GenericMutationCtx,
} from "convex/server";
import { convexToJson, jsonToConvex, type JSONValue, type Value } from "convex/values";
import { resolveAddress } from "./addresses.js";
import type { Parts } from "./assembly.js";
import { toCallerError } from "./callerError.js";
import type { CallableFunction, FunctionKind } from "./code.js";
import { answerRequest } from "./httpActions.js";
import { openRequest, type RequestContext } from "./request.js";
import type { Call } from "./services.js";

type AnyReference<Kind extends FunctionKind> = FunctionReference<
  Kind,
  FunctionVisibility
>;
/** Without arguments for a function that takes none. */
type ArgsOf<Ref extends AnyReference<FunctionKind>> = [args?: FunctionArgs<Ref>];

/** What a call comes with. */
export type RequestOptions = Partial<
  Pick<RequestContext, "identity" | "ip" | "userAgent" | "authToken">
>;

export class Client {
  readonly #parts: Parts;
  readonly #request: RequestOptions;

  constructor(parts: Parts, request: RequestOptions) {
    this.#parts = parts;
    this.#request = request;
  }

  /** Calls a query. Rejects with an error as a client sees it. */
  async query<Ref extends AnyReference<"query">>(
    reference: Ref,
    ...[args]: ArgsOf<Ref>
  ): Promise<FunctionReturnType<Ref>> {
    return await this.#call("query", reference, args);
  }

  /** Calls a mutation; tried again on conflicts as the platform does for clients. */
  async mutation<Ref extends AnyReference<"mutation">>(
    reference: Ref,
    ...[args]: ArgsOf<Ref>
  ): Promise<FunctionReturnType<Ref>> {
    return await this.#call("mutation", reference, args);
  }

  /** Calls an action. */
  async action<Ref extends AnyReference<"action">>(
    reference: Ref,
    ...[args]: ArgsOf<Ref>
  ): Promise<FunctionReturnType<Ref>> {
    return await this.#call("action", reference, args);
  }

  /** Runs code as a mutation of a component ("" is the app). Its result need not be a value. */
  async run<T>(
    component: string,
    handler: (ctx: GenericMutationCtx<AnyDataModel>) => Promise<T>,
  ): Promise<T> {
    let result!: T;
    const registered = mutationGeneric(async (ctx) => {
      result = await handler(ctx as GenericMutationCtx<AnyDataModel>);
      return null;
    });
    const fn: CallableFunction = {
      path: { component, udfPath: "inline:run" },
      kind: "mutation",
      visibility: "internal",
      args: { type: "any" },
      returns: null,
      registered: registered as unknown as CallableFunction["registered"],
    };
    await this.#finish(this.#parts.calls.mutation(this.#open(fn.path, {}, fn)), fn.path);
    return result;
  }

  /** Sends a request to the app's HTTP actions. */
  async fetch(path: string, init?: RequestInit): Promise<Response> {
    const { services, calls } = this.#parts;
    const request = openRequest(services.newRequestId(), this.#request);
    const answer = answerRequest(services, calls, request, path, init);
    await services.clock.drive({ until: answer });
    return await answer;
  }

  async #call(
    kind: FunctionKind,
    reference: AnyReference<FunctionKind>,
    args: object = {},
  ): Promise<Value> {
    const { handles } = this.#parts.services;
    const path = resolveAddress(getFunctionAddress(reference), "", handles);
    const call = this.#open(path, args);
    return jsonToConvex(
      JSON.parse(await this.#finish(this.#parts.calls[kind](call), path)) as JSONValue,
    );
  }

  #open(path: Call["path"], args: object, fn?: CallableFunction): Call {
    const request = openRequest(this.#parts.services.newRequestId(), this.#request);
    return { path, args: JSON.stringify(convexToJson(args as Value)), request, fn };
  }

  /** Lets time pass until a call has returned. */
  async #finish(call: Promise<string>, path: Call["path"]): Promise<string> {
    let isSettled = false;
    const settled = call.finally(() => {
      isSettled = true;
    });
    // It rejects below; here it is only waited for.
    settled.catch(() => undefined);
    const { clock, live } = this.#parts.services;
    do await clock.drive({ until: settled });
    while (!isSettled && live.endStuck());
    if (!isSettled) {
      throw new Error(`${path.udfPath} has not returned, and nothing more will happen.`);
    }
    try {
      return await call;
    } catch (error) {
      throw toCallerError(error);
    }
  }
}
