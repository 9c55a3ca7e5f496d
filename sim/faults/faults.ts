/**
 * The faults of one run: what goes wrong, and where, drawn from the seed.
 *
 * Owns the decisions at named points and the record of them; what a fault does is up to
 * whoever asks. Asking for a fault that is off costs nothing and draws nothing.
 */
import type { Clock } from "../clock/clock.js";
import type { Random } from "../clock/random.js";
import { COMMIT_SURVIVAL, SLOW_SYSCALL_FACTOR } from "../constants/faults.js";
import { Crashes, type Running, type VisitedPlace } from "./crashes.js";
import { checkProbability, Draws } from "./draws.js";
import type { CrashPhase, Fault, FaultOptions } from "./options.js";
import { type Backend, startTimeline } from "./timeline.js";

/** What happens to a call before it starts. */
export type CallFault = "permit" | "overload";

/**
 * What happens to a commit.
 * - `"conflict"`: refused as a conflict; nothing is written.
 * - `"lost"`: not written, and the caller gets an error that does not say so.
 * - `"unheard"`: written, and the caller gets the same error.
 */
export type CommitFault = "conflict" | "lost" | "unheard";

const DRAWN_FAULTS = [
  "conflict",
  "commitLost",
  "commitUnheard",
  "permit",
  "overload",
  "slowSyscall",
] as const;

type DrawnFault = (typeof DRAWN_FAULTS)[number];

/** How often each fault happened. */
export type FaultCounts = Partial<Record<DrawnFault | "crash", number>>;

/** How often each fault could have happened, by function. */
type FaultOccasions = Partial<Record<DrawnFault, Record<string, number>>>;

export class FaultPlan {
  readonly options: FaultOptions;
  readonly counts: FaultCounts = {};
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #crashes: Crashes;
  readonly #draws: Partial<Record<DrawnFault, Draws>> = {};
  readonly #survivals: Random;
  /** Null unless occasions are recorded. */
  #occasions: FaultOccasions | null = null;
  #isOver = false;
  #endTimeline = (): void => {};

  constructor(options: FaultOptions, random: Random, clock: Clock) {
    this.options = options;
    this.#random = random;
    this.#clock = clock;
    const startedAt = clock.now();
    const elapsedMs = (): number => clock.now() - startedAt;
    this.#crashes = new Crashes(options.crash ?? {}, random.fork("crash"), elapsedMs);
    this.#survivals = random.fork("commitSurvival");
    checkProbability(options.restart?.commitSurvival);
    for (const name of DRAWN_FAULTS) {
      const fault: Fault | undefined = options[name];
      if (fault !== undefined) {
        this.#draws[name] = new Draws(fault, random.fork(name), elapsedMs);
      }
    }
  }

  /** Starts the faults that come by time. */
  start(backend: Backend): void {
    this.#endTimeline = startTimeline(
      this.options,
      this.#random.fork("timeline"),
      this.#clock,
      backend,
    );
  }

  /** Ends all faults, those to come included: from here on a run must get well. */
  stop(): void {
    this.#isOver = true;
    this.#endTimeline();
  }

  /** Keeps, from now on, where actions could have crashed. */
  recordCrashPlaces(): void {
    this.#crashes.visited ??= [];
  }

  /** The places recorded so far, in order; each may stand in the schedule of another run. */
  get crashPlaces(): readonly VisitedPlace[] {
    return this.#crashes.visited ?? [];
  }

  /** Keeps, from now on, which faults could have happened to which functions. */
  recordOccasions(): void {
    this.#occasions ??= {};
  }

  /** The occasions counted so far; the n-th of a function may stand in a schedule. */
  get occasions(): Readonly<FaultOccasions> {
    return this.#occasions ?? {};
  }

  /** Whether an action crashes around an operation of the host. */
  crashes(running: Running, operation: string, phase: CrashPhase): boolean {
    if (this.options.crash === undefined && this.#crashes.visited === null) return false;
    if (!this.#crashes.happens(running, operation, phase) || this.#isOver) return false;
    this.#note("crash");
    return true;
  }

  /** What happens to a call of a function, before it waits for its permit. */
  atCall(label: string): CallFault | null {
    if (this.#happens("permit", label)) return "permit";
    return this.#happens("overload", label) ? "overload" : null;
  }

  /** What happens to a mutation's commit. */
  atCommit(label: string): CommitFault | null {
    if (this.#happens("conflict", label)) return "conflict";
    if (this.#happens("commitLost", label)) return "lost";
    return this.#happens("commitUnheard", label) ? "unheard" : null;
  }

  /** How many times as long a syscall of that function takes. */
  slowness(label: string): number {
    if (!this.#happens("slowSyscall", label)) return 1;
    return this.options.slowSyscall?.factor ?? SLOW_SYSCALL_FACTOR;
  }

  /** Whether a commit that was under way when the backend restarted is durable. */
  survivesRestart(): boolean {
    return this.#survivals.chance(
      this.options.restart?.commitSurvival ?? COMMIT_SURVIVAL,
    );
  }

  #happens(name: DrawnFault, label: string): boolean {
    if (this.#occasions !== null) {
      const counts = (this.#occasions[name] ??= {});
      counts[label] = (counts[label] ?? 0) + 1;
    }
    const draws = this.#draws[name];
    if (draws === undefined || this.#isOver || !draws.happens(label)) return false;
    this.#note(name);
    return true;
  }

  #note(name: DrawnFault | "crash"): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }
}
