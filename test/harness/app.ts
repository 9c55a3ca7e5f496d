/**
 * A small app on the embedded Convex, for tests of the engine as a user would use it.
 *
 * Owns the wiring: a module with the workflows and functions of one test, the component,
 * virtual time, and the executors' access to the backend, which a test can count, break and
 * cut off (`Faults`). The deployment opens with the first call.
 */
import {
  componentsGeneric,
  defineSchema,
  internalActionGeneric,
  makeFunctionReference,
  type AnyDataModel,
  type FunctionReference,
  type FunctionVisibility,
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
import { deploy, collectComponents, type DeploymentOptions } from "./deployment.js";
import { Faults } from "./faults.js";

/** Exports of the one module of a test's app; referred to as `app:NAME`. */
export type AppExports = Record<string, unknown>;

/** Options of a test's executor: small and quick unless the test says otherwise. */
export type AppOptions = Omit<Partial<ExecutorOptions>, "entry"> & {
  /** The app's own tables. */
  schema?: SchemaDefinition<GenericSchema, boolean>;
  /** Where it is deployed. */
  deployment?: DeploymentOptions;
};

/** Events of the clock before a run counts as one that never settles. */
const EVENTS_MAX = 200_000;
const NEVER_SETTLES = `Nothing settled within ${EVENTS_MAX} events of virtual time.`;

/** Where the component is mounted. */
export const EXECUTOR = "executor";

export class TestApp {
  readonly clock = new VirtualClock();
  readonly faults = new Faults(this.clock, (self) => this.#kill(self));
  readonly component = componentsGeneric().executor as unknown as ExecutorComponent;
  readonly executor: Executor;
  /** What handlers printed. */
  readonly logs: unknown[][] = [];
  readonly #schema: SchemaDefinition<GenericSchema, boolean>;
  readonly #deployment: DeploymentOptions | undefined;
  #exports: AppExports;
  #opening: Promise<Convex> | null = null;
  #opened: Convex | null = null;

  constructor(options: AppOptions, define: (executor: Executor) => AppExports) {
    const { schema = defineSchema({}), deployment, ...rest } = options;
    this.#schema = schema;
    this.#deployment = deployment;
    this.executor = new Executor(this.component, {
      entry: makeFunctionReference("shards:run") as unknown as ExecutorOptions["entry"],
      shards: 2,
      slotsPerShard: 4,
      idleMs: 100,
      log: (_level, ...args) => this.logs.push(args),
      ...rest,
    });
    this.#exports = define(this.executor);
    onTestFinished(async () => {
      expect(await this.audit()).toEqual([]);
    });
  }

  /** The app's module; a test may replace exports to deploy other code. */
  get exports(): AppExports {
    return this.#exports;
  }

  set exports(exports: AppExports) {
    this.#exports = exports;
    if (this.#opening) this.#opening = this.#redeploy(this.#opening);
  }

  async #redeploy(opening: Promise<Convex>): Promise<Convex> {
    const convex = await opening;
    await convex.deploy({ app: this.#app(), components: collectComponents() });
    return convex;
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
    this.#opening ??= deploy(this.#app(), this.clock, this.#deployment);
    this.#opened = await this.#opening;
    return this.#opened;
  }

  // ── Functions ───────────────────────────────────────────────────────────────

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
    const operators = this.component.operators as unknown as Record<string, AnyReference>;
    const reference = operators[name];
    if (!reference) throw new Error(`No operator ${name}.`);
    const isQuery = name === "audit" || name === "diagnose";
    return await this.call(isQuery ? "query" : "mutation", reference, args);
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
        ({ self, isCut }) => !isCut || this.#jobOf(self)?.state.kind !== "inProgress",
      ),
    );
  }

  #kill(self: EntryArgs): void {
    const id = this.#jobOf(self)?._id;
    this.#opened?.crash((_label, job) => job === id);
  }

  #jobOf({ executor }: EntryArgs): Job | undefined {
    return this.#opened
      ?.rows<Job>(EXECUTOR, "_scheduled_functions")
      .find(({ args: [args] }) => args.executor === executor);
  }

  // ── Time ────────────────────────────────────────────────────────────────────

  /** Virtual milliseconds. */
  now(): number {
    return this.clock.now();
  }

  /** Lets time pass until nothing is left to do. */
  async run(): Promise<void> {
    const { clock } = this;
    const last = clock.eventsRun + EVENTS_MAX;
    await this.convex();
    const end = await clock.drive({ until: () => clock.eventsRun > last });
    if (end === "until") throw new Error(NEVER_SETTLES);
  }

  /** Lets time pass until a condition holds; it is looked at after each event. */
  async runUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
    const holds = await this.#drive(condition);
    if (!holds) throw new Error("All is quiet, but the condition does not hold.");
  }

  /** Lets `ms` virtual milliseconds pass. */
  async runFor(ms: number): Promise<void> {
    await (await this.convex()).runFor(ms);
  }

  /** Does something as somebody else would: later, outside of the call at hand. */
  later(action: () => Promise<unknown>, ms = 0): void {
    this.clock.after(ms, () => void action());
  }

  /** Whether the condition came to hold before all was quiet. */
  async #drive(condition: () => boolean | Promise<boolean>): Promise<boolean> {
    await this.convex();
    const { clock } = this;
    const last = clock.eventsRun + EVENTS_MAX;
    for (let isQuiet = false; !(await condition());) {
      if (isQuiet) return false;
      if (clock.eventsRun > last) {
        throw new Error(NEVER_SETTLES);
      }
      const seen = clock.eventsRun;
      const end = await clock.drive({ until: () => clock.eventsRun > seen });
      isQuiet = end === "idle";
    }
    return true;
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
/** The job of an executor. */
type Job = { _id: string; args: [EntryArgs]; state: { kind: string } };
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
