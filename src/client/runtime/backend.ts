/**
 * The executor's only surface to Convex.
 *
 * Owns the calls: everything that the loop asks of the component or runs for a user goes
 * through here, and nothing else of `ctx` leaks into the runtime.
 */
import { createFunctionHandle, getFunctionName } from "convex/server";
import type { Infer, ObjectType, Value } from "convex/values";
import type { Entry } from "../../shared/commit.js";
import type { EndNotice } from "../../shared/ends.js";
import { PROTOCOL, type EntryArgs, type Membership } from "../../shared/model.js";
import type { SerializedError } from "../../shared/thrown.js";
import type { vAttempts } from "../../component/deliveries.js";
import type { vAgenda, vFireAnswer } from "../../component/agenda.js";
import type { Trade, TradeAnswer } from "../../component/gateTradeShapes.js";
import type { vMutationStepAnswer } from "../../component/mutationSteps.js";
import type {
  vJournalsAnswer,
  vJournalsArgs,
  vSettledAnswer,
} from "../../component/replays.js";
import type { Riders, vCommitCallAnswer } from "../../component/riders.js";
import type { vScanWanted } from "../../component/scanning.js";
import type { ActionCtx, AnyReference, ExecutorComponent } from "../types.js";
import { KnownRows } from "./knownRows.js";
import type { Candidate, JournalRow, Scan } from "./model.js";

type SettledAnswer = Infer<typeof vSettledAnswer>;
type Attempts = Infer<typeof vAttempts>;
export type ScanWanted = ObjectType<typeof vScanWanted>;
export type Agenda = Infer<typeof vAgenda>;

/** What a replay starts from. */
export type JournalRead = {
  args: Value;
  startedAt: number;
  /** The generation that the handler's random numbers belong to. */
  seed: number;
  /** Signals whose news the rows hold. */
  signals: string[];
  /** How it is made to end; null while nobody does. */
  ending: EndNotice | null;
  rows: JournalRow[];
};

export class Backend {
  readonly #handles = new Map<string, Promise<string>>();
  readonly #known = new KnownRows();
  #class: Promise<string | undefined> | undefined;

  constructor(
    readonly ctx: ActionCtx,
    private readonly component: ExecutorComponent,
    private readonly self: EntryArgs,
  ) {}

  /** Looks at the heads of the queues and at the executor's standing. */
  async scan(wanted: ScanWanted): Promise<Scan> {
    const args = { ...this.#me, ...wanted };
    const scan = await this.ctx.runQuery(this.component.executor.scan, args);
    this.#known.noteScan(scan);
    return scan;
  }

  /** Sends one numbered commit, and what rides with it. */
  async commit(
    seq: number,
    entries: Entry[],
    riders: Riders | null,
    heard: string[],
  ): Promise<Infer<typeof vCommitCallAnswer>> {
    const args = {
      ...this.#me,
      seq,
      entries,
      ...(riders
        ? { riders: { ...riders, trades: this.#known.addTo(riders.trades) } }
        : {}),
      ...(heard.length > 0 ? { heard } : {}),
    };
    const answer = await this.ctx.runMutation(this.component.executor.commit, args);
    this.#known.noteScan(answer.riders?.scan);
    this.#known.noteTrades(answer.riders?.traded);
    return answer;
  }

  /** Reads a page of some journals, as many as one answer carries. */
  async readJournals(
    of: Infer<typeof vJournalsArgs>["of"],
  ): Promise<Infer<typeof vJournalsAnswer>> {
    return await this.ctx.runQuery(this.component.executor.journals, { of });
  }

  /** Reads a page of what a hot workflow has been signalled (P2). */
  async readSettled(workflow: string, generation: number): Promise<SettledAnswer> {
    const args = { workflow, generation };
    return await this.ctx.runQuery(this.component.executor.settled, args);
  }

  /** Runs a mutation step. */
  async runMutationStep(
    claim: string,
    number: number,
    reference: AnyReference<"mutation">,
    stepArgs: Value,
  ): Promise<Infer<typeof vMutationStepAnswer>> {
    const handle = await this.handleOf(reference);
    const args = { ...this.#me, claim, number, handle, args: stepArgs };
    return await this.ctx.runMutation(this.component.executor.runMutation, args);
  }

  /** Settles a mutation step as failed, unless it has settled after all. */
  async failMutationStep(
    claim: string,
    number: number,
    error: SerializedError,
  ): Promise<Infer<typeof vMutationStepAnswer>> {
    const args = { ...this.#me, claim, number, error };
    return await this.ctx.runMutation(this.component.executor.failMutation, args);
  }

  /** Says what waits at gates, and learns what may pass (P15). */
  async trade(trades: Trade[]): Promise<TradeAnswer> {
    const args = { ...this.#me, trades: this.#known.addTo(trades) };
    const answer = await this.ctx.runMutation(this.component.executor.trade, args);
    this.#known.noteTrades(answer);
    return answer;
  }

  /** Asks what is due on the seat. */
  async readAgenda(): Promise<Agenda> {
    return await this.ctx.runQuery(this.component.executor.agenda, this.#me);
  }

  /** Fires due timers, or puts one off whose handler threw. */
  async fireTimers(
    timers: string[],
    trouble?: string,
  ): Promise<Infer<typeof vFireAnswer>> {
    const args = { ...this.#me, timers, ...(trouble === undefined ? {} : { trouble }) };
    return await this.ctx.runMutation(this.component.executor.fireTimers, args);
  }

  /** Counts attempts of callbacks; answers those that may be made. */
  async countAttempts(attempts: Attempts): Promise<Attempts> {
    const args = { ...this.#me, attempts };
    return await this.ctx.runMutation(this.component.executor.countAttempts, args);
  }

  /** Runs callbacks; answers those for which one transaction had no room. */
  async deliver(attempts: Attempts): Promise<Attempts> {
    const args = { ...this.#me, attempts };
    return await this.ctx.runMutation(this.component.executor.deliver, args);
  }

  /** Keeps what a delivery died of. */
  async noteUndelivered(attempts: Attempts, error: SerializedError): Promise<void> {
    const args = { attempts, error };
    await this.ctx.runMutation(this.component.executor.noteUndelivered, args);
  }

  /** Calls for help with some shards, or takes the call back if there are none (P18). */
  async callHelp(behind: { shard: number; skip: number }[]): Promise<void> {
    await this.ctx.runMutation(this.component.executor.call, { ...this.#me, behind });
  }

  /** Asks for a successor; answers what this executor is afterwards. */
  async handOver(): Promise<Membership> {
    return await this.ctx.runMutation(this.component.executor.handOver, this.#me);
  }

  /** Asks whether an executor without work may go. */
  async retire(): Promise<boolean> {
    return await this.ctx.runMutation(this.component.executor.retire, this.#me);
  }

  /** Asks whether a draining executor may go. */
  async leave(): Promise<boolean> {
    return await this.ctx.runMutation(this.component.executor.leave, this.#me);
  }

  /** Gives back a page of a dead predecessor's claims; answers whether more is left. */
  async recover(dead: string): Promise<boolean> {
    return await this.ctx.runMutation(this.component.executor.recover, {
      ...this.#me,
      dead,
    });
  }

  /** Arms the watchdog again if no run of it will come (P8). */
  async ensureWatched(): Promise<void> {
    const { watched, watch } = this.component.executor;
    if (!(await this.ctx.runQuery(watched, {}))) await this.ctx.runMutation(watch, {});
  }

  /** Queues a page of what other code had to park; answers whether there may be more. */
  async unparkPage(fingerprint: string): Promise<boolean> {
    const { parked, unpark } = this.component.executor;
    if (!(await this.ctx.runQuery(parked, { fingerprint }))) return false;
    return (await this.ctx.runMutation(unpark, { fingerprint })) > 0;
  }

  /** Parks workflows of paused definitions, by their rows in the queues. */
  async parkPaused(candidates: readonly Candidate[]): Promise<void> {
    const rowsOf = (kind: Candidate["kind"]) =>
      candidates.filter((one) => one.kind === kind).map(({ row }) => row);
    const rows = { tasks: rowsOf("task"), replays: rowsOf("replay") };
    await this.ctx.runMutation(this.component.executor.parkPaused, rows);
  }

  /** The deployment's class; undefined where it is not known. */
  async getClass(): Promise<string | undefined> {
    this.#class ??= this.ctx.meta.getDeploymentMetadata().then(({ class: name }) => name);
    try {
      return await this.#class;
    } catch (error) {
      this.#class = undefined; // a failure is not for life
      throw error;
    }
  }

  /** Makes a function handle, once per function and executor. */
  async handleOf(reference: AnyReference): Promise<string> {
    const name = getFunctionName(reference);
    const known = this.#handles.get(name) ?? createFunctionHandle(reference);
    this.#handles.set(name, known);
    try {
      return await known;
    } catch (error) {
      this.#handles.delete(name); // a failure is not for life
      throw error;
    }
  }

  get #me(): EntryArgs & Pick<KnownRows["own"], "known"> {
    const { seat, executor } = this.self;
    return { protocol: PROTOCOL, seat, executor, ...this.#known.own };
  }
}
