/**
 * A small app on the embedded Convex, for tests of the engine as a user would use it.
 *
 * Owns the wiring: a module with the functions of one test, the component, virtual time, and
 * the executors' access to the backend (`Faults`). It is deployed with the first call.
 */
import {
  componentsGeneric,
  defineSchema,
  internalActionGeneric,
  makeFunctionReference,
  type AnyDataModel,
  type FunctionReference,
  type GenericDatabaseWriter,
  type GenericMutationCtx,
  type GenericSchema,
  type SchemaDefinition,
} from "convex/server";
import { expect, onTestFinished } from "vitest";
import { VirtualClock, type CodeSource, type Convex } from "../../sim/index.js";
import {
  Executor,
  type ExecutorComponent,
  type ExecutorOptions,
  type StartOptions,
  type WorkflowId,
  type WorkflowReference,
} from "../../src/client/index.js";
import { vEntryArgs, type EntryArgs } from "../../src/shared/model.js";
import type { ActionCtx, ReadCtx } from "../../src/client/types.js";
import { EXECUTOR, LazyDeployment, type DeploymentOptions } from "./deployment.js";
import { crashExecutor, isInProgress } from "./executorJobs.js";
import { Faults } from "./faults.js";
import { driveUntil, driveUntilIdle } from "./time.js";

/** Exports of the one module of a test's app; referred to as `app:NAME`. */
export type AppExports = Record<string, unknown>;

/** Options of a test's executor: small and quick unless the test says otherwise. */
export type AppOptions = Omit<Partial<ExecutorOptions>, "entry"> & {
  /** The app's own tables. */
  schema?: SchemaDefinition<GenericSchema, boolean>;
  /** Where it is deployed. */
  deployment?: DeploymentOptions;
};

export class TestApp {
  readonly clock = new VirtualClock();
  readonly faults: Faults = new Faults(this.clock, {
    kill: (self, message) => crashExecutor(this.#deployment.opened, self, message),
    call: this.call.bind(this),
  });
  readonly component = componentsGeneric().executor as unknown as ExecutorComponent;
  readonly executor: Executor;
  /** What handlers printed. */
  readonly logs: unknown[][] = [];
  readonly #schema: SchemaDefinition<GenericSchema, boolean>;
  readonly #deployment: LazyDeployment;
  #exports: AppExports;

  constructor(options: AppOptions, define: (executor: Executor) => AppExports) {
    const { schema = defineSchema({}), deployment, ...rest } = options;
    this.#schema = schema;
    this.executor = new Executor(this.component, {
      entry: makeFunctionReference("shards:run") as unknown as ExecutorOptions["entry"],
      shards: 2,
      slotsPerShard: 4,
      idleMs: 100,
      log: (_level, ...args) => this.logs.push(args),
      ...rest,
    });
    this.#exports = define(this.executor);
    this.#deployment = new LazyDeployment(this.#app(), this.clock, deployment);
    onTestFinished(async () => expect(await this.audit()).toEqual([]));
  }

  /** The app's module; a test may replace exports to deploy other code. */
  get exports(): AppExports {
    return this.#exports;
  }

  set exports(exports: AppExports) {
    this.#exports = exports;
    this.#deployment.replace(this.#app());
  }

  #app(): CodeSource {
    const exports = this.#exports;
    const run = internalActionGeneric({
      args: vEntryArgs.fields,
      handler: async (ctx, self: EntryArgs) => {
        const entry = this.executor.entry({ app: exports }) as unknown as {
          _handler: (ctx: ActionCtx, self: EntryArgs) => Promise<null>;
        };
        return await this.faults.run(self, ctx as ActionCtx, async (faulty) =>
          entry._handler(faulty, self),
        );
      },
    });
    return { schema: this.#schema, modules: { "app.ts": exports, "shards.ts": { run } } };
  }

  /** The deployment, with the newest code. */
  async convex(): Promise<Convex> {
    return await this.#deployment.open();
  }

  /** Starts a workflow that the app exports under `name`. */
  async start(
    name: string,
    args: object = {},
    options: StartOptions = {},
  ): Promise<WorkflowId> {
    const [id] = await this.startMany(name, [{ args, ...options }]);
    return id!;
  }

  /** Starts many workflows in one mutation. */
  async startMany(
    name: string,
    items: ({ args: object } & StartOptions)[],
  ): Promise<WorkflowId[]> {
    return await this.inMutation(async (ctx) =>
      this.executor.startMany(ctx, workflowRef(name), items as never),
    );
  }

  /** Runs code with the context of a mutation of the app. */
  async inMutation<T>(
    body: (ctx: GenericMutationCtx<AnyDataModel>) => Promise<T>,
  ): Promise<T> {
    return await (await this.convex()).run("", body);
  }

  /** Calls a function, whosever it is. */
  async call<T = unknown>(
    kind: "query" | "mutation" | "action",
    reference: unknown,
    args: object = {},
  ): Promise<T> {
    const convex = (await this.convex()) as unknown as Record<typeof kind, Call<T>>;
    return await convex[kind](reference, args);
  }

  /** Calls one of the operators' functions. */
  async operate(name: string, args: Record<string, unknown> = {}): Promise<unknown> {
    const operators = this.component.operators as unknown as Record<string, unknown>;
    const isQuery = name === "audit" || name === "diagnose";
    return await this.call(isQuery ? "query" : "mutation", operators[name], args);
  }

  // ── Crashes ─────────────────────────────────────────────────────────────────

  /** Crashes executors, the newest unless told otherwise; the scheduler learns of it. */
  async crash(...indexes: number[]): Promise<void> {
    if (indexes.length === 0) this.faults.crash();
    for (const index of indexes) this.faults.crash(index);
    await this.runUntilBuried();
  }

  /** Lets time pass until the jobs of all executors that crashed have failed. */
  async runUntilBuried(): Promise<void> {
    await this.runUntil(() =>
      this.faults.incarnations.every(
        ({ self, isCut }) => !isCut || !isInProgress(this.#deployment.opened, self),
      ),
    );
  }

  // ── Time ────────────────────────────────────────────────────────────────────

  /** Virtual milliseconds. */
  now(): number {
    return this.clock.now();
  }

  /** Lets time pass until nothing is left to do. */
  async run(): Promise<void> {
    await this.convex();
    await driveUntilIdle(this.clock);
  }

  /** Lets time pass until a condition holds; it is looked at after each event. */
  async runUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
    await this.convex();
    await driveUntil(this.clock, condition);
  }

  /** Lets `ms` virtual milliseconds pass. */
  async runFor(ms: number): Promise<void> {
    await (await this.convex()).runFor(ms);
  }

  /** Does something as somebody else would: outside of the call at hand. */
  later(action: () => Promise<unknown>, ms = 0): void {
    this.clock.after(ms, () => void action());
  }

  // ── A look inside ───────────────────────────────────────────────────────────

  /** Reads a workflow's status. */
  async status(id: WorkflowId): ReturnType<Executor["getStatus"]> {
    return await this.executor.getStatus(this.reader, id);
  }

  /** Lists a workflow's steps. */
  async steps(id: WorkflowId): ReturnType<Executor["listSteps"]> {
    return await this.executor.listSteps(this.reader, { workflow: id });
  }

  /** Lists every broken invariant. */
  async audit(): Promise<unknown[]> {
    return await this.executor.audit(this.reader);
  }

  /** The context with which anybody may read. */
  readonly reader: ReadCtx = {
    runQuery: async (reference: unknown, args: unknown) =>
      await this.call("query", reference, args as object),
  } as never;

  /** Reads all rows of one of the component's tables; "" for one of the app's. */
  async rows<T = Record<string, unknown>>(
    table: string,
    component = EXECUTOR,
  ): Promise<T[]> {
    return (await this.convex()).rows<T>(component, table);
  }

  /** Reads and writes the component's tables behind its back. */
  async inComponent<T>(
    body: (db: GenericDatabaseWriter<AnyDataModel>) => Promise<T>,
  ): Promise<T> {
    return await (await this.convex()).run(EXECUTOR, async ({ db }) => await body(db));
  }
}

type Call<T> = (reference: unknown, args: object) => Promise<T>;

/** A reference to a workflow of the test's app. */
export function workflowRef(name: string): WorkflowReference {
  return makeFunctionReference(`app:${name}`) as unknown as WorkflowReference;
}

/** A reference to a query, mutation or action of the test's app. */
export function ref<Kind extends "query" | "mutation" | "action">(
  name: string,
): FunctionReference<Kind, "internal", any, any> {
  return makeFunctionReference<Kind>(`app:${name}`) as never;
}
