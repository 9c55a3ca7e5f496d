/**
 * Looks for work (P3).
 *
 * Owns when a scan is needed, whether it goes alone or rides with a commit, and what its
 * answer changes. Opening what it finds is for `Claimer`.
 */
import {
  AGENDA_MS,
  CANDIDATES_FRESH_MS,
  HEARTBEAT_MS,
  WATCHDOG_MS,
} from "../../shared/constants.js";
import { computeLocalMax, computePermits, resolveClass } from "../../shared/layout.js";
import type { ScanWanted } from "./backend.js";
import { HelpCaller, type HelpAsked } from "./helpCaller.js";
import type { HotView } from "./hotViews.js";
import type { Intake } from "./intake.js";
import type { Scan } from "./model.js";
import { deliverNews } from "./news.js";
import { holdPaused, isPaused } from "./pausing.js";
import { dropRevoked, giveBackOfDead } from "./recovering.js";
import { real } from "./sandbox.js";
import type { ScanPace } from "./scanPace.js";
import { computeWant, planScope } from "./scanScope.js";
import { computeRideMs, noteDue, noteMembership, type ExecutorState } from "./state.js";
import { hasOutside } from "./stepStates.js";

/** A scan on its way, and what was at hand when it began. */
export type Asked = {
  wanted: ScanWanted;
  known: Set<string>;
  withHeads: boolean;
  /** What made it urgent, to be remembered should its answer be lost. */
  hadNews: boolean;
  hadTaken: boolean;
  help: HelpAsked;
};

export class Scanner {
  readonly #caller: HelpCaller;
  /** Those that somebody else may signal. */
  readonly #signalled: HotView;
  #isScanning = false;
  #hasUnparked = false;
  /** Since when the next scan has been needed; null while it is not. */
  #neededSince: number | null = null;
  /** Whether the last scan was told that there is more than it asked for. */
  #hasMore = false;
  /** Whether the last one was lost with the commit that it rode with. */
  #mustGoAlone = false;
  /** What the last scan has told of help, until what it found has filled the free slots. */
  #heard: { answer: Scan["help"]; asked: HelpAsked } | null = null;
  /** Whether predecessors held slots at the last scan. */
  #hasPredecessors = false;
  /** Whether the last scan saw no work at all. */
  isIdle = false;

  constructor(
    private readonly state: ExecutorState,
    private readonly intake: Intake,
    private readonly pace: ScanPace,
  ) {
    this.#caller = new HelpCaller(state);
    this.#signalled = state.hots.view(
      ({ isEnding, steps }) => !isEnding && hasOutside(steps),
    );
  }

  /** Whether it is asking for something. */
  get isBusy(): boolean {
    return this.#isScanning || this.#caller.isBusy;
  }

  /** Scans alone if that is needed, and no commit will take the scan along in time. */
  look(): void {
    const { state } = this;
    this.#judgeLoad();
    if (state.hasNews) this.pace.dueAt = 0;
    const isNeeded = !this.#isScanning && this.#isNeeded();
    this.#neededSince = isNeeded ? (this.#neededSince ?? real.now()) : null;
    if (this.#neededSince === null) return;
    const { dueAt } = this.pace;
    const at = this.#isUrgent()
      ? dueAt
      : Math.max(dueAt, this.#neededSince) + computeRideMs(state);
    if (real.now() < at) return state.alarm.set(at);
    const asked = this.#ask(true);
    void this.hear(asked, this.#scanAlone(asked));
  }

  /** What a commit that goes now is to look for; null if it is too soon for that. */
  board(): Asked | null {
    const isFree = !this.#isScanning && !this.#mustGoAlone && this.#hasUnparked;
    if (!isFree || this.state.mode !== "serving") return null;
    const withHeads = this.#isNeeded();
    if (withHeads && real.now() < this.pace.dueAt) return null;
    if (!withHeads && !this.#wantsDue()) return null;
    const asked = this.#ask(withHeads);
    const withWatch = real.now() >= this.state.watchAt - WATCHDOG_MS / 2;
    return { ...asked, wanted: { ...asked.wanted, withWatch } };
  }

  /** Takes in what a scan answers; null if the commit that it rode with was not heard. */
  async hear(asked: Asked, answer: Scan | null | Promise<Scan>): Promise<void> {
    try {
      const scan = await answer;
      this.#mustGoAlone = scan === null;
      if (!scan) return this.#takeBack(asked);
      if (scan.isWatched !== null)
        this.state.watchAt = scan.isWatched ? this.pace.scannedAt + WATCHDOG_MS : 0;
      if (asked.wanted.withDue) noteDue(this.state, this.pace.scannedAt, scan.dueAt);
      await this.#apply(scan, asked);
    } catch {
      // A scan that failed has changed nothing; the next one asks again.
      this.#takeBack(asked);
    } finally {
      this.#isScanning = false;
      this.state.signal.notify();
    }
  }

  #isNeeded(): boolean {
    const { state, intake, pace } = this;
    if (state.mode !== "serving") return false;
    if (computeWant(state, intake) > 0 || this.#caller.isMeasuring) return true;
    const isStale = intake.hasTaken && pace.isLookOlderThan(CANDIDATES_FRESH_MS);
    // Only a scan tells of pauses, and when predecessors leave.
    const isLate = this.#hasPredecessors || pace.isOlderThan(HEARTBEAT_MS);
    if (isStale || isLate || (!this.isIdle && intake.isLow)) return true;
    return this.#signalled.size > 0;
  }

  /** Whether slots stay empty until it is answered, or a signal waits. */
  #isUrgent(): boolean {
    if (this.state.hasNews || this.#mustGoAlone || this.#caller.isMeasuring) return true;
    return this.#hasMore && computeWant(this.state, this.intake) > 0;
  }

  /** Told soon before the agenda would be asked, it need not be asked. */
  #wantsDue(): boolean {
    return real.now() >= this.state.agendaAt - AGENDA_MS / 2;
  }

  /** Begins a scan: for the heads of the queues too, or only for what else it tells. */
  #ask(withHeads: boolean): Asked {
    const { state, intake } = this;
    this.#isScanning = true;
    const known = intake.listKnown();
    this.pace.begin(withHeads);
    const withDue = this.#wantsDue();
    const asked = { known, withHeads, hadNews: state.hasNews, hadTaken: intake.hasTaken };
    if (!withHeads) {
      const help = { room: 0, callAbove: null };
      const wanted = { tasks: 0, replays: 0, help, withDue };
      return { ...asked, help: { help, isMeasuring: false }, wanted };
    }
    state.hasNews = false;
    intake.hasTaken = false;
    const { help, ...scope } = planScope(state, intake, this.#caller, known.size);
    return { ...asked, help, wanted: { ...scope, help: help.help, withDue } };
  }

  /** Asks again after a pause what was not answered. */
  #takeBack({ hadNews, hadTaken }: Asked): void {
    this.state.hasNews ||= hadNews;
    this.intake.hasTaken ||= hadTaken;
    this.pace.pause();
  }

  #judgeLoad(): void {
    if (!this.#heard) return;
    const { candidates, readAhead } = this.intake;
    const room = this.intake.computeRoom(this.state.lent);
    const { answer, asked } = this.#heard;
    this.#caller.take(answer, asked, candidates, room, readAhead);
    this.#heard = null;
  }

  async #scanAlone({ wanted }: Asked): Promise<Scan> {
    await this.#unparkOnce();
    return await this.state.backend.scan(wanted);
  }

  async #apply(scan: Scan, { known, withHeads, help }: Asked): Promise<void> {
    const { state, intake } = this;
    noteMembership(state, scan.membership);
    if (state.mode !== "serving") return;
    ({ isCareful: state.isCareful, hotMax: state.hotMax } = scan);
    const predecessors = scan.draining.reduce((sum, one) => sum + one.claims, 0);
    state.slots = Math.max(1, Math.min(scan.slots, state.options.slots) - predecessors);
    const dead = scan.draining.filter(({ isAlive }) => !isAlive);
    this.#hasPredecessors = scan.draining.length > 0;
    if (dead.length > 0) return await giveBackOfDead(state, dead);
    const deployment = resolveClass(await state.backend.getClass());
    state.permits = computePermits(deployment, scan.seats);
    state.localMax = computeLocalMax(scan.seats, state.slots);
    const { held, open: all } = await holdPaused(state, scan);
    // Those at hand that are paused now stand in the queue: the next scan sets them aside.
    const hasDropped = intake.candidates.retain((one) => !isPaused(state, one));
    if (hasDropped) this.isIdle = false;
    if (!withHeads) return;
    for (const one of all)
      if (dropRevoked(state, one, this.pace.scannedAt)) known.delete(one.workflow);
    const found = all.filter(({ workflow }) => !known.has(workflow));
    const here = intake.listKnown(); // more may have come since it was asked
    const fresh = found.filter(({ workflow }) => !here.has(workflow));
    const hasNew = intake.candidates.adopt(fresh);
    const hasNone = held.length === 0 && found.length === 0;
    this.#hasMore = scan.hasMore;
    const isAlone = !scan.hasMore && scan.draining.length === 0;
    this.isIdle = hasNone && !hasDropped && isAlone;
    await Promise.all(scan.signalled.map(async (one) => await deliverNews(state, one)));
    this.#heard = { answer: scan.help, asked: help };
    if (hasNew || scan.signalled.length > 0) this.pace.quicken();
    if (!hasNew) this.pace.pause();
    else state.activeAt = real.now();
  }

  /** Takes up, once in its life, what other code had to set aside (P12). */
  async #unparkOnce(): Promise<void> {
    if (this.#hasUnparked) return;
    const { backend, registry } = this.state;
    while (await backend.unparkPage(registry.fingerprint));
    this.#hasUnparked = true;
  }
}
