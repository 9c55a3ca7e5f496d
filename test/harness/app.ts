/**
 * A small app on convex-test, for tests of the engine as a user would use it.
 *
 * Owns the wiring: an in-memory module map with the workflows and functions of one test,
 * the component, virtual time, and the executors' access to the backend, which a test can
 * count, break and cut off (`Faults`).
 */
import { convexTest, type TestConvex } from "convex-test";
import {
  componentsGeneric,
  defineSchema,
  internalActionGeneric,
  makeFunctionReference,
  type AnyDataModel,
  type FunctionReference,
  type FunctionVisibility,
  type GenericDatabaseWriter,
  type GenericSchema,
  type SchemaDefinition,
} from "convex/server";
import { expect, onTestFinished, vi } from "vitest";
import {
  Executor,
  type ExecutorComponent,
  type ExecutorOptions,
  type StartOptions,
  type WorkflowId,
  type WorkflowReference,
} from "../../src/client/index.js";
import { vEntryArgs, type EntryArgs } from "../../src/shared/model.js";
import { register } from "../../src/test.js";
import type { ActionCtx, ReadCtx } from "../../src/client/types.js";
import { drive } from "./drive.js";
import { Faults } from "./faults.js";

/** Exports of the one module of a test's app; referred to as `app:NAME`. */
export type AppExports = Record<string, unknown>;

/** Options of a test's executor: small and quick unless the test says otherwise. */
export type AppOptions = Omit<Partial<ExecutorOptions>, "entry"> & {
  /** The app's own tables. */
  schema?: SchemaDefinition<GenericSchema, boolean>;
};

/** Turns of the driver before it gives up. */
const TURNS_MAX = 20_000;

export class TestApp {
  readonly faults = new Faults();
  readonly component = componentsGeneric().executor as unknown as ExecutorComponent;
  readonly executor: Executor;
  readonly t: TestConvex<SchemaDefinition<GenericSchema, boolean>>;
  /** What handlers printed. */
  readonly logs: unknown[][] = [];

  constructor(options: AppOptions, define: (executor: Executor) => AppExports) {
    vi.useFakeTimers();
    const { schema = defineSchema({}), ...rest } = options;
    this.executor = new Executor(this.component, {
      entry: makeFunctionReference("shards:run") as unknown as ExecutorOptions["entry"],
      shards: 2,
      slotsPerShard: 4,
      idleMs: 100,
      log: (_level, ...args) => this.logs.push(args),
      ...rest,
    });
    this.exports = define(this.executor);
    this.t = convexTest(schema, this.#modules());
    register(this.t);
    onTestFinished(async () => {
      expect(await this.audit()).toEqual([]);
      vi.useRealTimers();
    });
  }

  /** The app's module; a test may replace exports to deploy other code. */
  exports: AppExports;

  #modules(): Record<string, () => Promise<unknown>> {
    const run = internalActionGeneric({
      args: vEntryArgs.fields,
      handler: async (ctx, self: EntryArgs) => {
        const entry = this.executor.entry({ app: this.exports }) as unknown as {
          _handler: (ctx: ActionCtx, self: EntryArgs) => Promise<null>;
        };
        return await this.faults.run(self, ctx as ActionCtx, async (faulty) =>
          entry._handler(faulty, self),
        );
      },
    });
    return {
      "/convex/_generated/api.js": async () => Promise.resolve({}),
      "/convex/app.js": async () => Promise.resolve(this.exports),
      "/convex/shards.js": async () => Promise.resolve({ run }),
    };
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
    body: (ctx: Parameters<Executor["start"]>[0]) => Promise<T>,
  ): Promise<T> {
    let result!: T;
    await this.t.mutation(async (ctx) => {
      result = await body(ctx as never);
    });
    return result;
  }

  /** Lets time pass until nothing is left to do. */
  async run(): Promise<void> {
    await drive({ turnsMax: TURNS_MAX });
  }

  /** Lets time pass until a condition holds. */
  async runUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
    await drive({ turnsMax: TURNS_MAX, until: condition });
  }

  /** Lets `ms` virtual milliseconds pass. */
  async runFor(ms: number): Promise<void> {
    const end = Date.now() + ms;
    setTimeout(() => undefined, ms);
    await this.runUntil(() => Date.now() >= end);
  }

  /** Reads a workflow's status. */
  async status(id: WorkflowId): ReturnType<Executor["getStatus"]> {
    return await this.executor.getStatus(this.#reader, id);
  }

  /** Lists a workflow's steps. */
  async steps(id: WorkflowId): ReturnType<Executor["listSteps"]> {
    return await this.executor.listSteps(this.#reader, { workflow: id });
  }

  /** Calls one of the operators' functions. */
  async operate(name: string, args: Record<string, unknown> = {}): Promise<unknown> {
    const operators = this.component.operators as unknown as Record<string, AnyReference>;
    const reference = operators[name];
    if (!reference) throw new Error(`No operator ${name}.`);
    const isQuery = name === "audit" || name === "diagnose";
    const call = isQuery ? this.t.query : this.t.mutation;
    return await (call as (reference: AnyReference, args: object) => Promise<unknown>)(
      reference,
      args,
    );
  }

  get #reader(): ReadCtx {
    return { runQuery: this.t.query as unknown as ReadCtx["runQuery"] };
  }

  /** Lists every broken invariant. */
  async audit(): Promise<unknown[]> {
    return await this.executor.audit(this.#reader);
  }

  /** Reads all rows of one of the component's tables. */
  async rows<T = Record<string, unknown>>(table: string): Promise<T[]> {
    return await this.inComponent(async (db) => (await db.query(table).collect()) as T[]);
  }

  /** Reads and writes the component's tables behind its back. */
  async inComponent<T>(
    body: (db: GenericDatabaseWriter<AnyDataModel>) => Promise<T>,
  ): Promise<T> {
    const t = this.t as unknown as {
      runInComponent: (
        path: string,
        handler: (ctx: { db: GenericDatabaseWriter<AnyDataModel> }) => Promise<T>,
      ) => Promise<T>;
    };
    return await t.runInComponent("executor", async ({ db }) => await body(db));
  }
}

type AnyReference = FunctionReference<"query" | "mutation", FunctionVisibility>;

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
