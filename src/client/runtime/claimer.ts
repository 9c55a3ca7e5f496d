/**
 * Looks for work and opens it.
 *
 * Owns candidates, when a scan is needed, and the making of hot workflows. A candidate is
 * opened before it is claimed: its first turn runs in memory, and the commit that claims it
 * carries what the turn asked for. If another executor was faster, the handler is dropped.
 */
import {
  AGENDA_MS,
  CANDIDATES_FRESH_MS,
  HEARTBEAT_MS,
  OPENING_MAX,
  SCAN_BYTES_MAX,
  SCAN_CANDIDATES_MAX,
} from "../../shared/constants.js";
import { computeLocalMax, computePermits, resolveClass } from "../../shared/layout.js";
import type { JournalRead } from "./backend.js";
import { Candidates, mustWait, turnBack } from "./candidates.js";
import type { Candidate, Scan } from "./model.js";
import { HelpCaller } from "./helpCaller.js";
import { deliverNews } from "./news.js";
import { describeTask, openHandler } from "./opening.js";
import { Openings } from "./openings.js";
import { holdPaused, isPaused } from "./pausing.js";
import { giveBackOfDead } from "./recovering.js";
import { real } from "./sandbox.js";
import { ScanPace } from "./scanPace.js";
import { listOutside } from "./openSteps.js";
import {
  countHotRoom,
  countUnclaimed,
  noteDue,
  noteMembership,
  type ExecutorState,
} from "./state.js";

export class Claimer {
  readonly #candidates = new Candidates();
  readonly #caller: HelpCaller;
  readonly #openings = new Openings((candidate, read) => this.#admit(candidate, read));
  #isScanning = false;
  readonly #pace = new ScanPace();
  /** Whether candidates of the last scan were taken: then an older one may be due. */
  #hasClaimed = false;
  #hasUnparked = false;
  /** Whether predecessors held slots at the last scan. */
  #hasPredecessors = false;
  /** Whether the last scan saw no work at all. */
  isIdle = false;

  constructor(private readonly state: ExecutorState) {
    this.#caller = new HelpCaller(state);
  }

  /** Whether anything is on its way to become hot. */
  get isBusy(): boolean {
    const { size } = this.#openings;
    return this.#candidates.size + size > 0 || this.#isScanning || this.#caller.isBusy;
  }

  /**
   * Workflows that would be opened if there were slots for them. Of those at gates one
   * counts: it is for them to be offered a slot, and none of them may be let through.
   */
  get waiting(): number {
    const { ungated, gated } = this.#candidates;
    const room = Math.max(0, this.#computeHotRoom());
    return this.#openings.size + Math.min(ungated + Math.min(1, gated), room);
  }

  /** Lets go of all candidates; they are still in their queues. */
  forget(): void {
    this.#candidates.clear();
  }

  /** Opens as many candidates as there are free slots, oldest first. Says whether any. */
  claim(): boolean {
    let left = this.#computeRoom();
    const taken = left;
    for (let next = this.#candidates.first(); next && left > 0;) {
      // A younger one may not overtake a replay that waits for its turn to be read (I7).
      if (next.kind === "replay" && this.#openings.reading >= OPENING_MAX) break;
      if (mustWait(this.state.gates, next)) next = this.#candidates.skip();
      else {
        this.#open(next);
        left -= 1;
        next = this.#candidates.take();
      }
    }
    this.#hasClaimed ||= left < taken;
    this.state.crowded = this.#computeHotRoom() <= 0 ? this.#candidates.size : 0;
    return left < taken;
  }

  /** Scans if there is room for more work, or somebody waits for a signal. */
  look(): void {
    const { state } = this;
    if (state.hasNews) this.#pace.dueAt = 0;
    if (this.#isScanning || state.mode !== "serving") return;
    const room = this.#computeRoom(state.lent) - this.#candidates.ungated;
    const isWaiting = state.hots
      .list()
      .some((hot) => !hot.isEnding && listOutside(hot.steps).length > 0);
    const isStale = this.#hasClaimed && this.#pace.isOlderThan(CANDIDATES_FRESH_MS);
    // Only a scan tells of pauses, and when predecessors leave.
    const isLate = this.#hasPredecessors || this.#pace.isOlderThan(HEARTBEAT_MS);
    const isNeeded = isWaiting || isStale || isLate || this.#isRefillDue();
    if (room <= 0 && !isNeeded) return;
    const { dueAt } = this.#pace;
    if (real.now() < dueAt) return state.alarm.set(dueAt);
    this.#isScanning = true;
    state.hasNews = false;
    void this.#scan().finally(() => {
      this.#isScanning = false;
      state.signal.notify();
    });
  }

  /** Candidates are read ahead, so that a freed slot is filled by the very next commit. */
  #isRefillDue(): boolean {
    if (this.#candidates.bytes >= SCAN_BYTES_MAX) return false;
    return !this.isIdle && this.#candidates.ungated < this.#computeReadAhead() / 2;
  }

  #computeReadAhead(): number {
    return Math.min(SCAN_CANDIDATES_MAX / 2, Math.max(1, this.state.slots));
  }

  /** How many more may be opened, if `more` slots were free than are. */
  #computeRoom(more = 0): number {
    const { state } = this;
    if (state.mode !== "serving") return 0;
    const free = state.free + more - this.#openings.size;
    return Math.max(0, Math.min(free, this.#computeHotRoom()));
  }

  /** How many more workflows may be hot, by their number and by what memory carries. */
  #computeHotRoom(): number {
    return countHotRoom(this.state, this.#openings.size, this.#candidates.bytes);
  }

  async #scan(): Promise<void> {
    const { state } = this;
    const known = this.#listKnown();
    const { size, gated } = this.#candidates;
    const readAhead = this.#computeReadAhead() + gated;
    const replays = readAhead + known.size;
    // Who is helped reads no further than it must, and leaves the rest to helpers (P18).
    const room = this.#computeRoom(state.lent);
    const enough = room + readAhead + countUnclaimed(state);
    const tasks = this.#caller.isCalling ? enough : replays;
    this.#pace.begin();
    this.#hasClaimed = false;
    // Told soon before the agenda would be asked, it need not be asked.
    const withDue = this.#pace.scannedAt >= state.agendaAt - AGENDA_MS / 2;
    try {
      await this.#unparkOnce();
      const help = this.#caller.ask(this.#computeRoom() - size, enough);
      const scan = await state.backend.scan({ tasks, replays, help, withDue });
      if (withDue) noteDue(state, this.#pace.scannedAt, scan.dueAt);
      await this.#applyScan(scan, known);
    } catch {
      // A scan that failed has changed nothing; the next one asks again.
      this.#pace.pause();
    }
  }

  async #applyScan(scan: Scan, known: Set<string>): Promise<void> {
    const { state } = this;
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
    this.#candidates.retain((one) => !isPaused(state, one));
    for (const one of all) if (this.#dropRevoked(one)) known.delete(one.workflow);
    const found = all.filter(({ workflow }) => !known.has(workflow));
    const fresh = found.filter(({ workflow }) => !this.#listKnown().has(workflow));
    const hasNew = this.#candidates.adopt(fresh);
    const hasNone = held.length === 0 && found.length === 0;
    this.isIdle = hasNone && !scan.hasMore && scan.draining.length === 0;
    const news = scan.signalled.map(async (one) => await deliverNews(state, one));
    await Promise.all(news);
    const room = this.#computeRoom(state.lent);
    this.#caller.take(scan.help, this.#candidates, room, this.#computeReadAhead());
    if (hasNew || scan.signalled.length > 0) this.#pace.quicken();
    if (!hasNew) this.#pace.pause();
    else state.activeAt = real.now();
  }

  /**
   * Lets go of a hot workflow that stands unclaimed in the queue, though its claim was
   * durable before this scan began: it was revoked. Else its signal would be found in every
   * scan and read in none, until a heartbeat asks about the claim.
   */
  #dropRevoked({ workflow }: Candidate): boolean {
    const hot = this.state.hots.get(workflow);
    const isRevoked =
      hot && hot.claimedAt !== null && hot.claimedAt < this.#pace.scannedAt;
    if (!isRevoked || hot.log.sending > 0) return false;
    this.state.hots.drop(hot, "The claim on this workflow was revoked.");
    return true;
  }

  /** Takes up, once in its life, what other code had to set aside (P12). */
  async #unparkOnce(): Promise<void> {
    if (this.#hasUnparked) return;
    const { backend, registry } = this.state;
    while (await backend.unparkPage(registry.fingerprint));
    this.#hasUnparked = true;
  }

  /** Workflows not to take in again: candidates for slots, and hot ones, perhaps unclaimed yet. */
  #listKnown(): Set<string> {
    const hots = this.state.hots.list().map((hot) => hot.identity.workflow);
    const opening = this.#openings.workflows;
    return new Set([...this.#candidates.listUngated(), ...hots, ...opening]);
  }

  /** Opens a candidate: a task has nothing to be read, a replay its journal. */
  #open(candidate: Candidate): void {
    if (candidate.kind === "task")
      return this.#openings.add(candidate, describeTask(candidate, real.now()));
    const { workflow, generation } = candidate;
    const reading = this.state.backend.readJournal(workflow, generation);
    void this.#openings
      .addReading(candidate, reading)
      .then(async () => (await reading) ?? this.#pace.pause()) // gone, or being settled: not yet
      .catch(() => this.#pace.pause()) // still queued; the next scan finds it again
      .finally(() => this.state.signal.notify());
  }

  #admit(candidate: Candidate, read: JournalRead): void {
    const { state } = this;
    if (state.mode !== "serving" || state.hots.get(candidate.workflow)) {
      return turnBack(state.gates, candidate);
    }
    state.hots.add(openHandler(state, candidate, read));
    state.signal.notify();
  }
}
