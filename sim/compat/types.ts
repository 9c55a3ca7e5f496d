/** The public types, as convex-test 0.0.60 exports them under the same names. */
import type {
  DataModelFromSchemaDefinition,
  FunctionReference,
  FunctionReturnType,
  GenericActionCtx,
  GenericDataModel,
  GenericMutationCtx,
  GenericQueryCtx,
  GenericSchema,
  OptionalRestArgs,
  RequestMetadata,
  SchemaDefinition,
  UserIdentity,
} from "convex/server";

/* eslint-disable @typescript-eslint/no-explicit-any --
   Suites assign values of these types to convex-test's own and back: they must be equal. */

/** Arguments of a reference; none after a handler written in place. */
type ArgsOf<Target, Type extends "query" | "mutation" | "action"> =
  Target extends FunctionReference<Type, any> ? OptionalRestArgs<Target> : [];

type ResultOf<Target, Type extends "query" | "mutation" | "action"> =
  Target extends FunctionReference<Type, any>
    ? FunctionReturnType<Target>
    : Target extends (ctx: any) => Promise<infer Output>
      ? Output
      : never;

export type TestConvexForDataModel<DataModel extends GenericDataModel> = {
  /** Calls a query, or runs a handler with a query's context. */
  query: <
    Target extends
      | FunctionReference<"query", any>
      | ((ctx: GenericQueryCtx<DataModel>) => Promise<any>),
  >(
    queryOrFunc: Target,
    ...args: ArgsOf<Target, "query">
  ) => Promise<ResultOf<Target, "query">>;

  /** Calls a mutation, or runs a handler with a mutation's context. */
  mutation: <
    Target extends
      | FunctionReference<"mutation", any>
      | ((ctx: GenericMutationCtx<DataModel>) => Promise<any>),
  >(
    mutationOrFunc: Target,
    ...args: ArgsOf<Target, "mutation">
  ) => Promise<ResultOf<Target, "mutation">>;

  /** Calls an action, or runs a handler with an action's context. */
  action: <
    Target extends
      | FunctionReference<"action", any>
      | ((ctx: GenericActionCtx<DataModel>) => Promise<any>),
  >(
    actionOrFunc: Target,
    ...args: ArgsOf<Target, "action">
  ) => Promise<ResultOf<Target, "action">>;

  /**
   * Reads and writes the database and the files in one transaction. As in every transaction
   * `fetch` and timers refuse to be called.
   */
  run: <Output>(
    func: (
      ctx: GenericMutationCtx<DataModel> & Pick<GenericActionCtx<DataModel>, "storage">,
    ) => Promise<Output>,
  ) => Promise<Output>;

  /** Calls the HTTP action routed for a path, which starts with a slash. */
  fetch(pathQueryFragment: string, init?: RequestInit): Promise<Response>;

  /** Waits for the scheduled functions whose timer has fired. */
  finishInProgressScheduledFunctions: () => Promise<void>;

  /**
   * Waits for all scheduled functions, and for those they schedule. Their timers fire while
   * `advanceTimers` moves a faked clock; it is called again and again, `maxIterations` times
   * (100 by default) at most.
   */
  finishAllScheduledFunctions: (
    advanceTimers: () => void,
    maxIterations?: number,
  ) => Promise<void>;

  /** The same deployment, called by a user. What is left out of the identity is made up. */
  withIdentity(identity: Partial<UserIdentity>): TestConvexForDataModel<DataModel>;

  /** The same deployment, called from an address and by a user agent; null by default. */
  withRequestMetadata(
    metadata: Partial<Pick<RequestMetadata, "ip" | "userAgent">>,
  ): TestConvexForDataModel<DataModel>;
};

/** What `convexTest` returns: it can also register components. */
export type TestConvexRoot<DataModel extends GenericDataModel> = {
  registerComponent: (
    componentPath: string,
    schema: SchemaDefinition<GenericSchema, boolean>,
    glob: Record<string, () => Promise<any>>,
  ) => void;
} & TestConvexForDataModel<DataModel>;

export type TestConvex<SchemaDef extends SchemaDefinition<any, boolean>> = TestConvexRoot<
  DataModelFromSchemaDefinition<SchemaDef>
>;

/** @deprecated The former name of {@link TestConvexRoot}. */
export type TestConvexForDataModelAndIdentity<DataModel extends GenericDataModel> =
  TestConvexRoot<DataModel>;
