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
import { START_MANY_BYTES_MAX, START_MANY_MAX } from "../shared/constants.js";
import { executorError } from "../shared/errors.js";
import { vEntryArgs, type EntryArgs } from "../shared/model.js";
import { checkArgumentsFit } from "../shared/outcomes.js";
import { registerAction } from "./action.js";
import {
  registerDefinition,
  type BatchItem,
  type DefinitionConfig,
  type Handler,
  type ResultOf,
} from "./definition.js";
import { resolveOptions, type ExecutorOptions, type ResolvedOptions } from "./options.js";
import { buildRegistry, type Modules } from "./registry.js";
import { runExecutor } from "./runtime/loop.js";
import type {
  ExecutorComponent,
  ReadCtx,
  Started,
  WorkflowId,
  WorkflowReference,
  WriteCtx,
} from "./types.js";

/** How to start a workflow. */
export type StartOptions = {
  /**
   * Starting again with the same definition, key and arguments answers the workflow that
   * is there; with other arguments it throws `KEY_CONFLICT`.
   */
  key?: string;
  /** Milliseconds of head start in the order, up to a day; negative to stand back. Default 0. */
  priority?: number;
};

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
export class Executor {
  readonly #options: ResolvedOptions;

  /** Throws `INVALID_OPTIONS` for options out of their range. */
  constructor(
    readonly component: ExecutorComponent,
    private readonly options: ExecutorOptions,
  ) {
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
  define(config: DefinitionConfig<any, any> & { handler?: Handler<any, any> }): unknown {
    const register = (handler: Handler<any, any>) =>
      registerDefinition(
        {
          kind: "workflow",
          args: config.args ?? {},
          returns: config.returns,
          retry: config.retry,
          handler,
        },
        async (ctx, definition, items) => await this.#startBatch(ctx, definition, items),
      );
    return config.handler ? register(config.handler) : { handler: register };
  }

  /** Defines an action that runs inside the executor. See {@link registerAction}. */
  action: typeof registerAction = registerAction;

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
      handler: async (ctx, self) => {
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
  async start<F extends WorkflowReference>(
    ctx: WriteCtx,
    workflow: F,
    args: FunctionArgs<F>["args"],
    options: StartOptions = {},
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
  async startMany<F extends WorkflowReference>(
    ctx: WriteCtx,
    workflow: F,
    items: ({ args: FunctionArgs<F>["args"] } & StartOptions)[],
  ): Promise<WorkflowId[]> {
    const name = getFunctionName(workflow);
    const pages = splitBatch(name, items);
    if (pages.length > 1 && !isActionCtx(ctx)) throw tooMany(name, items.length);
    const ids: WorkflowId[] = [];
    for (const batch of pages) {
      ids.push(...((await ctx.runMutation(workflow as any, { batch })) as WorkflowId[]));
    }
    return ids;
  }

  /** Reads a workflow's status: its state, its result or error, and the steps it waits for. */
  async getStatus(ctx: ReadCtx, id: WorkflowId) {
    return await ctx.runQuery(this.component.workflows.status, { id });
  }

  /** Lists workflows, oldest first, by definition, by state, by both or by neither. */
  async list(
    ctx: ReadCtx,
    args: FunctionArgs<ExecutorComponent["workflows"]["list"]> = {},
  ) {
    return await ctx.runQuery(this.component.workflows.list, args);
  }

  /** Lists the steps of a workflow, with their attempts and outcomes. */
  async listSteps(
    ctx: ReadCtx,
    args: FunctionArgs<ExecutorComponent["workflows"]["listSteps"]>,
  ) {
    return await ctx.runQuery(this.component.workflows.listSteps, args);
  }

  /**
   * Cancels a workflow: nothing of it starts any more, and its running steps are aborted
   * within a heartbeat. Answers false if it had finished.
   */
  async cancel(ctx: WriteCtx, id: WorkflowId, reason?: string): Promise<boolean> {
    const args = reason === undefined ? { id } : { id, reason };
    return await ctx.runMutation(this.component.workflows.cancel, args);
  }

  /** Starts an executor on every seat that has none, also after `bumpEpoch`. */
  async startExecutors(ctx: WriteCtx): Promise<{ started: number }> {
    const layout = await this.#layout();
    return await ctx.runMutation(this.component.operators.startExecutors, { layout });
  }

  /** Checks the invariants of everything stored; an empty list is the expected answer. */
  async audit(ctx: ReadCtx) {
    const violations = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: AuditPage = await ctx.runQuery(this.component.operators.audit, {
        cursor,
      });
      violations.push(...page.violations);
      cursor = page.cursor;
    }
    return violations;
  }

  async #layout() {
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
    const args = { definition, items, layout };
    return (await ctx.runMutation(this.component.workflows.start, args)) as WorkflowId[];
  }
}

type AuditPage = {
  violations: { invariant: string; message: string; row: string }[];
  checked: number;
  cursor: string | null;
};

/** Only an action's context can run actions; a mutation's must fit one transaction. */
function isActionCtx(ctx: WriteCtx): boolean {
  return "runAction" in ctx;
}

function splitBatch(name: string, items: BatchItem[]): BatchItem[][] {
  const pages: BatchItem[][] = [];
  let bytes = 0;
  for (const item of items) {
    const size = checkArgumentsFit(item.args, name);
    bytes += size;
    const page = pages.at(-1);
    if (page && page.length < START_MANY_MAX && bytes <= START_MANY_BYTES_MAX)
      page.push(item);
    else {
      pages.push([item]);
      bytes = size;
    }
  }
  return pages;
}

function tooMany(name: string, count: number): Error {
  return executorError(
    "TOO_MANY",
    `startMany got ${count} workflows of ${name}; one mutation starts at most ${START_MANY_MAX} with ${START_MANY_BYTES_MAX} bytes of arguments. Call it from an action, which pages, or split the batch.`,
    { definition: name, actual: count, limit: START_MANY_MAX },
  );
}
