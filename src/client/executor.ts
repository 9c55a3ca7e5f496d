/**
 * The `Executor`: what an app holds.
 *
 * Owns the public methods; each checks what it is given and calls the component.
 */
import {
  createFunctionHandle,
  getFunctionName,
  internalActionGeneric,
  type FunctionArgs,
  type GenericDataModel,
  type GenericMutationCtx,
  type RegisteredAction,
  type RegisteredMutation,
} from "convex/server";
import type {
  GenericValidator,
  Infer,
  ObjectType,
  PropertyValidators,
} from "convex/values";
import { vEntryArgs, type EntryArgs, type LayoutOptions } from "../shared/model.js";
import { checkArgumentsFit } from "../shared/outcomes.js";
import { registerAction } from "./action.js";
import { createTooMany, prepareItems, splitBatch, type StartOptions } from "./batch.js";
import {
  createDefinition,
  registerDefinition,
  type AnyConfig,
  type BatchItem,
  type Definition,
  type DefinitionConfig,
  type Handler,
  type ResultOf,
} from "./definition.js";
import { declareGate } from "./gate.js";
import { Levers } from "./levers.js";
import { resolveOptions, type ExecutorOptions, type ResolvedOptions } from "./options.js";
import { buildRegistry, type Modules } from "./registry.js";
import { runExecutor } from "./runtime/loop.js";
import type {
  ActionCtx,
  AuditPage,
  ExecutorComponent,
  ListArgs,
  ListStepsArgs,
  ReadCtx,
  Started,
  StepPage,
  Violation,
  WorkflowId,
  WorkflowPage,
  WorkflowReference,
  WorkflowStatus,
  WriteCtx,
} from "./types.js";

/**
 * Durable workflows on a sharded executor.
 *
 * @example
 * ```ts
 * // convex/executor.ts; the annotation breaks a type cycle
 * export const executor: Executor = new Executor(components.executor, {
 *   entry: internal.shards.run,
 * });
 * ```
 */
export class Executor extends Levers {
  readonly #options: ResolvedOptions;

  /** Throws `INVALID_OPTIONS` for options out of their range. */
  constructor(
    component: ExecutorComponent,
    private readonly options: ExecutorOptions,
  ) {
    super(component);
    this.#options = resolveOptions(options);
  }

  /**
   * Defines a workflow. Export what `.handler` answers from a module that is given to
   * `executor.entry`.
   *
   * @example
   * ```ts
   * export const review = executor
   *   .define({ args: { documentId: v.id("documents") }, returns: v.string() })
   *   .handler(async (step, { documentId }): Promise<string> => {
   *     const text = await step.runQuery(internal.documents.text, { documentId });
   *     return await step.runAction(internal.claude.summarize, { text }, { retry: true });
   *   });
   * ```
   */
  define<
    Args extends PropertyValidators,
    Returns extends GenericValidator,
    Result = Infer<Returns>,
  >(
    config: DefinitionConfig<Args, Returns> & { handler: Handler<Args, Result> },
  ): RegisteredMutation<"internal", { args: ObjectType<Args> }, Started<Result>>;
  define<Args extends PropertyValidators, Returns extends GenericValidator | void = void>(
    config: DefinitionConfig<Args, Returns> & { handler?: undefined },
  ): {
    /** Adds the handler and registers the workflow. Annotate its return type. */
    handler<Result extends ResultOf<Returns>>(
      handler: Handler<Args, Result>,
    ): RegisteredMutation<"internal", { args: ObjectType<Args> }, Started<Result>>;
  };
  define(config: AnyConfig): unknown {
    const register = (handler: Definition["handler"]) =>
      registerDefinition(
        createDefinition(config, handler),
        async (ctx, definition, items) => await this.#startBatch(ctx, definition, items),
      );
    return config.handler ? register(config.handler) : { handler: register };
  }

  /** Defines an action that runs inside the executor. See {@link registerAction}. */
  action: typeof registerAction = registerAction;

  /** Declares a gate for steps and workflows. See {@link declareGate}. */
  gate: typeof declareGate = declareGate;

  /**
   * Makes the action that executors run. Give it every module that defines workflows or
   * in-process actions, by its path under the functions folder.
   *
   * @example
   * ```ts
   * // convex/shards.ts
   * export const run = executor.entry({ reviews, claude });
   * ```
   */
  entry(modules: Modules): RegisteredAction<"internal", EntryArgs, Promise<null>> {
    const { runtime } = this.#options;
    return internalActionGeneric({
      args: vEntryArgs.fields,
      handler: async (ctx: ActionCtx, self) => {
        await runExecutor(ctx, this.component, self, buildRegistry(modules), runtime);
        return null;
      },
    });
  }

  /**
   * Starts a workflow and answers its id. In a mutation it starts exactly if the mutation
   * commits.
   *
   * @throws `INVALID_ARGUMENTS`, `INVALID_OPTIONS`, `KEY_CONFLICT`, `VALUE_REJECTED`,
   * `CALLER_CANCELED`; nothing has been written then.
   */
  async start<F extends WorkflowReference, Context = unknown>(
    ctx: WriteCtx,
    workflow: F,
    args: FunctionArgs<F>["args"],
    options: StartOptions<Context> = {},
  ): Promise<WorkflowId> {
    const [id] = await this.startMany(ctx, workflow, [{ args, ...options }]);
    return id!;
  }

  /**
   * Starts many workflows of one definition, in the order given, and answers their ids. One
   * call from a mutation takes at most 500 and 4 MiB of arguments; from an action, pass
   * any number: it starts them in pages. Give keys if the action may run again.
   *
   * @throws as `start`, and `TOO_MANY`.
   */
  async startMany<F extends WorkflowReference, Context = unknown>(
    ctx: WriteCtx,
    workflow: F,
    items: ({ args: FunctionArgs<F>["args"] } & StartOptions<Context>)[],
  ): Promise<WorkflowId[]> {
    const name = getFunctionName(workflow);
    const pages = splitBatch(name, await prepareItems(items));
    // Only an action has runAction; what a mutation starts must fit its one transaction.
    const isInAction = "runAction" in ctx;
    if (pages.length > 1 && !isInAction) throw createTooMany(name, items.length);
    const ids: WorkflowId[] = [];
    const reference: WorkflowReference = workflow;
    for (const batch of pages) {
      const started: unknown = await ctx.runMutation(reference, { batch });
      ids.push(...(started as WorkflowId[]));
    }
    return ids;
  }

  /** Reads a workflow's status: its state, its result or error, and the steps it waits for. */
  async getStatus(ctx: ReadCtx, id: WorkflowId): Promise<WorkflowStatus> {
    const status = await ctx.runQuery(this.component.workflows.status, { id });
    return status as WorkflowStatus;
  }

  /** Lists workflows, oldest first, by definition, by state, by both or by neither. */
  async list(ctx: ReadCtx, args: ListArgs = {}): Promise<WorkflowPage> {
    return (await ctx.runQuery(this.component.workflows.list, args)) as WorkflowPage;
  }

  /** Lists the steps of a workflow, with their attempts and outcomes. */
  async listSteps(ctx: ReadCtx, args: ListStepsArgs): Promise<StepPage> {
    return await ctx.runQuery(this.component.workflows.listSteps, args);
  }

  /** Starts an executor on every seat that has none, also after `bumpEpoch`. */
  async startExecutors(ctx: WriteCtx): Promise<{ started: number }> {
    const layout = await this.#layout();
    return await ctx.runMutation(this.component.operators.startExecutors, { layout });
  }

  /** Checks the invariants of everything stored; an empty list is the expected answer. */
  async audit(ctx: ReadCtx): Promise<Violation[]> {
    const violations: Violation[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: AuditPage = await ctx.runQuery(this.component.operators.audit, {
        cursor,
      });
      violations.push(...page.violations);
      cursor = page.cursor;
    }
    return violations;
  }

  async #layout(): Promise<LayoutOptions> {
    const entry: string = await createFunctionHandle(this.options.entry);
    return { entry, ...this.#options.layout };
  }

  async #startBatch(
    ctx: GenericMutationCtx<GenericDataModel>,
    definition: string,
    items: BatchItem[],
  ): Promise<WorkflowId[]> {
    for (const { args } of items) checkArgumentsFit(args, definition);
    const layout = await this.#layout();
    const { retentionMs } = this.options;
    const kept = retentionMs === undefined ? {} : { retentionMs };
    const args = { definition, items: items.map((one) => ({ ...kept, ...one })), layout };
    return (await ctx.runMutation(this.component.workflows.start, args)) as WorkflowId[];
  }
}
