/**
 * One run of a scenario on the embedded Convex, in virtual time, under faults.
 *
 * Owns what a scenario is: a small app, what is done with it, and what has to come of it;
 * and the deployment from its opening to the end of all work. Judges nothing. The platform
 * is the smallest class with its modelled latencies, so that transactions overlap.
 */
import {
  componentsGeneric,
  type AnyDataModel,
  type GenericMutationCtx,
} from "convex/server";
import { ConvexError } from "convex/values";
import { loadComponents } from "../../demo/backend/example.js";
import { TRANSACTION_LIMITS } from "../../sim/constants/transactionLimits.js";
import {
  createConvex,
  VirtualClock,
  type Clock,
  type CodeSource,
  type Convex,
  type ConvexOptions,
} from "../../sim/index.js";
import type { ExecutorComponent } from "../../src/client/index.js";
import { CommitWatch } from "./commitWatch.js";
import { openLedger } from "./ledger.js";

/** Of everything; `SWEEP_SEED=2 npm run sweep` sweeps another course of events. */
export const SEED = Number(process.env.SWEEP_SEED ?? 1);
/** Times an operator looks after a run before it counts as stuck. */
const OPERATED_MAX = 3;
/** How often somebody calls again before giving up. */
const INSISTENCE = 6;

/** Events of the clock before a run counts as one that never ends, and what it shows then. */
const EVENTS_MAX = 100_000;
const TRACE_SHOWN = 40;

const components = await loadComponents();
const paths = ["", ...Object.keys(components)];
const component = componentsGeneric().executor as unknown as ExecutorComponent;

export type FaultOptions = NonNullable<ConvexOptions["faults"]>;

export interface Scenario {
  readonly name: string;
  readonly app: CodeSource;
  /** The `fetch` of its actions. Default: none. */
  readonly fetch?: (clock: Clock) => typeof globalThis.fetch;
  /** What a transaction may do at most, where that is less than the platform's limit. */
  readonly transactionLimits?: Partial<typeof TRANSACTION_LIMITS>;
  /** Does what somebody outside does: starts workflows, plans what happens later. */
  readonly begin: (play: Play) => Promise<void>;
  /** What came of a run; compared with `expected` after each. */
  readonly facts: (play: Play) => unknown;
  readonly expected: unknown;
  /** Actions that crash. Default: the executor's. */
  readonly crashed?: readonly string[];
  /** Definitions whose workflows pass a gate of their own. Default: none. */
  readonly gated?: readonly string[];
  /** What its actions may die of besides. Default: of nothing. */
  readonly dies?: RegExp;
  /** Keys whose attempts may not exceed one, whatever crashes. Default: none. */
  readonly once?: readonly string[];
  /**
   * How many attempts of a key a single crash or fault may add. Default 1: what it
   * interrupted runs again.
   */
  readonly extraAttempts?: number;
}

/** How a run is played, apart from what goes wrong. */
interface PlayOptions {
  /** Called before anything happens. */
  readonly prepare?: (convex: Convex) => void;
  readonly seed?: number;
}

export class Play {
  /** What its steps did. */
  readonly ledger = openLedger();
  /** Looked at every commit. */
  readonly watch: CommitWatch;
  /** How often an operator had to start executors. */
  operated = 0;
  /** What somebody outside was answered that should not have been. */
  readonly trouble: unknown[] = [];

  private constructor(
    readonly convex: Convex,
    gated: Scenario["gated"],
  ) {
    this.watch = new CommitWatch(convex, gated);
  }

  /** Plays a scenario to the end of all work. */
  static async run(
    { app, fetch, transactionLimits, begin, gated }: Scenario,
    faults: FaultOptions = {},
    { prepare = () => undefined, seed = SEED }: PlayOptions = {},
  ): Promise<Play> {
    const clock = new VirtualClock();
    const options = fetch ? { fetch: fetch(clock) } : {};
    const convex = await createConvex({
      app,
      components,
      clock,
      seed,
      faults,
      limits: { transaction: { ...TRANSACTION_LIMITS, ...transactionLimits } },
      ...options,
    });
    const play = new Play(convex, gated);
    prepare(convex);
    await begin(play);
    await settle(convex, clock);
    while (play.isWorkLeft && play.operated < OPERATED_MAX) {
      play.operated += 1;
      await play.operate("startExecutors");
      await settle(convex, clock);
    }
    return play;
  }

  // ── What somebody outside does ──────────────────────────────────────────────

  /** Runs code with the context of a mutation of the app, and again if it fails. */
  async inMutation<T>(
    body: (ctx: GenericMutationCtx<AnyDataModel>) => Promise<T>,
  ): Promise<T> {
    return await insist(async () => await this.convex.run("", body));
  }

  /** Writes the component's tables behind its back, and again if it fails. */
  async inComponent<T>(
    body: (ctx: GenericMutationCtx<AnyDataModel>) => Promise<T>,
  ): Promise<T> {
    return await insist(async () => await this.convex.run("executor", body));
  }

  /** Does something later. */
  after(ms: number, action: () => Promise<unknown>): void {
    this.convex.clock.after(ms, () => {
      action().catch((error: unknown) => this.trouble.push(error));
    });
  }

  /** Does something as soon as a row of a table is as asked for; once. */
  when<Row>(
    table: string,
    matches: (row: Row) => boolean,
    action: () => Promise<unknown>,
  ): void {
    const stop = this.convex.onCommit((rows) => {
      const isSeen = rows.some(
        (row) => row.table === table && row.after && matches(row.after.value as Row),
      );
      if (!isSeen) return;
      stop();
      this.after(0, action);
    });
  }

  /** Deploys other code of the app; actions that run go on with theirs. */
  async deploy(app: CodeSource): Promise<void> {
    await this.convex.deploy({ app, components });
  }

  /** Calls one of the operators' functions, and again if it fails, as a person would. */
  async operate(
    name: string,
    args: object = {},
    of: "operators" | "gates" = "operators",
  ): Promise<unknown> {
    const operators = component[of] as unknown as Record<string, never>;
    const isQuery = name === "audit" || name === "diagnose";
    return await insist(async () =>
      isQuery
        ? await this.convex.query(operators[name]!, args as never)
        : await this.convex.mutation(operators[name]!, args as never),
    );
  }

  // ── What there is at the end ────────────────────────────────────────────────

  /** All rows of one of the component's tables; "" for one of the app's. */
  rows<T = Record<string, unknown>>(table: string, of = "executor"): T[] {
    return this.convex.rows<T>(of, table);
  }

  /** Whether a workflow has neither ended nor been parked. */
  get isWorkLeft(): boolean {
    return this.rows<{ state: string }>("workflows").some(
      ({ state }) => state === "pending" || state === "running",
    );
  }

  /** Every broken invariant, as the component's own audit finds them. */
  async audit(): Promise<unknown[]> {
    const violations: unknown[] = [];
    for (let cursor: string | null = null; ;) {
      const page = (await this.operate("audit", { cursor })) as {
        violations: unknown[];
        cursor: string | null;
      };
      violations.push(...page.violations);
      if (page.cursor === null) return violations;
      cursor = page.cursor;
    }
  }

  /** Scheduled jobs of all components. */
  jobs(): Job[] {
    return paths.flatMap((path) => this.convex.rows<Job>(path, "_scheduled_functions"));
  }
}

/** Lets time pass until nothing is left to do; what goes on for ever is an error. */
async function settle(convex: Convex, clock: VirtualClock): Promise<void> {
  const last = clock.eventsRun + EVENTS_MAX;
  if (await convex.runUntil(() => clock.eventsRun > last)) {
    const names = convex.trace.events().slice(-TRACE_SHOWN);
    throw new Error(
      `Never idle: ${names.map(({ kind, name }) => `${kind} ${name}`).join(", ")}`,
    );
  }
  await convex.runUntilIdle();
}

/** Calls again what failed, as a person would; a refusal of ours is an answer. */
async function insist<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (error instanceof ConvexError || tries === INSISTENCE) throw error;
    }
  }
}

export interface Job {
  readonly name: string;
  readonly state: { readonly kind: string; readonly error?: string };
}
