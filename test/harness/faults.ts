/**
 * What a test may do to executors: count their calls, make some fail, cut some off.
 *
 * Owns the wrapping of an executor's `ctx`. A crash is one of its action, as if its machine
 * had died: nothing the code still does reaches the backend, no timer of it fires, and
 * after a while the scheduler finds out and its job has failed.
 */
import { getFunctionAddress, getFunctionName } from "convex/server";
import type { VirtualClock } from "../../sim/index.js";
import type { ActionCtx } from "../../src/client/types.js";
import type { EntryArgs } from "../../src/shared/model.js";

/**
 * Fails calls: `before` they are made, `after`, when the caller cannot know, or `late`: they
 * are made LATE_MS after the caller was told that they had failed. `twice`: made two times,
 * and the caller gets the second answer.
 */
export type Fault = {
  /** Which calls, by name: `executor:commit`, `app:charge`. */
  on: string;
  when: "before" | "after" | "late" | "twice";
  /** How many calls fail. Default 1. */
  times?: number;
  /** Calls to let pass first. Default 0. */
  skip?: number;
  message?: string;
};

/** What the platform says of an action whose backend went away. */
export const CRASH_MESSAGE = "Transient error while executing action";

/** Milliseconds; longer than any executor waits before it asks again. */
const LATE_MS = 1_500;

/** Under this key an executor's `ctx` says when it crashed; step bodies end there too. */
export const CUT_AT = Symbol("cutAt");
export type Cuttable = { [CUT_AT]?: () => number | null };

type Incarnation = {
  self: EntryArgs;
  isCut: boolean;
  cutAt: number | null;
};

type Kind = "query" | "mutation" | "action";

/** What faults need of the deployment. */
type World = {
  /** Ends the action of an executor. */
  kill: (self: EntryArgs, message?: string) => void;
  /** Calls a function from outside. */
  call: (kind: Kind, reference: unknown, args: object) => Promise<unknown>;
};

export class Faults {
  /** Calls of executors to the backend, by name. */
  readonly counts = new Map<string, number>();
  /** Executors in the order in which they began. */
  readonly incarnations: Incarnation[] = [];
  readonly #faults: Required<Fault>[] = [];
  /** Faults that have hit, by the name of the call. */
  readonly hits = new Map<string, number>();

  /** Calls that were made late, and have answered. */
  lateCalls = 0;

  constructor(
    private readonly clock: Pick<VirtualClock, "now" | "after">,
    private readonly world: World,
  ) {}

  /** Called before each call with its name, its arguments and the executor's index. */
  onCall: (name: string, args: unknown, index: number) => void | Promise<void> = () =>
    undefined;
  /** Called after each call took effect, before the executor learns of it. */
  onAnswer: (name: string, args: unknown, index: number) => void | Promise<void> = () =>
    undefined;

  /** Makes calls fail. */
  add(fault: Fault): void {
    this.#faults.push({ times: 1, skip: 0, message: "Injected failure", ...fault });
  }

  /**
   * Does something at the first call with this name: `before` it is made, or `after` it took
   * effect; told the executor's index. Answers whether it has been done.
   */
  once(
    when: "before" | "after",
    name: string,
    action: (index: number) => unknown,
  ): () => boolean {
    let isDone = false;
    const act = async (called: string, _args: unknown, index: number) => {
      if (called !== name || isDone) return;
      isDone = true;
      await action(index);
    };
    if (when === "before") this.onCall = act;
    else this.onAnswer = act;
    return () => isDone;
  }

  /** How often executors called functions with this name. */
  count(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  /**
   * Crashes the newest executor, or the one at `index`; with a message, the platform ends it
   * for going beyond a limit.
   */
  crash(index = this.incarnations.length - 1, message?: string): void {
    const incarnation = this.incarnations[index];
    if (!incarnation) throw new Error(`No executor ${index} has begun.`);
    if (incarnation.isCut) return;
    incarnation.isCut = true;
    incarnation.cutAt = this.clock.now();
    this.world.kill(incarnation.self, message);
  }

  /** Runs an executor with a context that obeys this object. */
  async run<T>(
    self: EntryArgs,
    ctx: ActionCtx,
    body: (ctx: ActionCtx) => Promise<T>,
  ): Promise<T> {
    const incarnation: Incarnation = { self, isCut: false, cutAt: null };
    this.incarnations.push(incarnation);
    const call =
      (kind: Kind, run: (ref: never, args: never) => Promise<unknown>) =>
      async (reference: never, args: never) =>
        await this.#call(incarnation, nameOf(reference), args, {
          run: async () => await run(reference, args),
          runLate: async () => await this.world.call(kind, reference, args),
        });
    const faulty = {
      ...ctx,
      runQuery: call("query", ctx.runQuery as never),
      runMutation: call("mutation", ctx.runMutation as never),
      runAction: call("action", ctx.runAction as never),
      [CUT_AT]: () => incarnation.cutAt,
    } as ActionCtx;
    return await body(faulty);
  }

  async #call(
    incarnation: Incarnation,
    name: string,
    args: unknown,
    { run, runLate }: Record<"run" | "runLate", () => Promise<unknown>>,
  ): Promise<unknown> {
    if (incarnation.isCut) return await never();
    const index = this.incarnations.indexOf(incarnation);
    await this.onCall(name, args, index);
    if (incarnation.isCut) return await never();
    this.counts.set(name, this.count(name) + 1);
    const fault = this.#take(name);
    if (fault?.when === "late") this.#makeLate(runLate);
    if (fault?.when === "before" || fault?.when === "late")
      throw new Error(fault.message);
    if (fault?.when === "twice") await run();
    const result = await run();
    await this.onAnswer(name, args, index);
    if (incarnation.isCut) return await never();
    if (fault?.when === "after") throw new Error(fault.message);
    return result;
  }

  #makeLate(run: () => Promise<unknown>): void {
    const note = () => {
      this.lateCalls += 1;
    };
    this.clock.after(LATE_MS, () => void run().then(note, note));
  }

  #take(name: string): Fault | undefined {
    const fault = this.#faults.find((one) => one.on === name && one.times > 0);
    if (!fault) return undefined;
    if (fault.skip > 0) {
      fault.skip -= 1;
      return undefined;
    }
    fault.times -= 1;
    this.hits.set(name, (this.hits.get(name) ?? 0) + 1);
    return fault;
  }
}

/** A call of an executor that has crashed: it goes nowhere and nothing comes back. */
async function never(): Promise<never> {
  return await new Promise<never>(() => undefined);
}

/** `executor:commit` for the component's functions, `app:name` for the app's. */
function nameOf(reference: never): string {
  const address = getFunctionAddress(reference) as { reference?: string };
  const path = address.reference?.split("/").slice(-2).join(":");
  return path ?? getFunctionName(reference);
}
