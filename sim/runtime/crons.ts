/**
 * Crons: what `crons.ts` of the app and of its components asks to be run again and again.
 *
 * Owns their lines: each cron runs once at a time, as many crons at once as jobs may, with
 * slots of their own. A mutation is tried until it is done, an action once. Source:
 * crates/application/src/cron_jobs/mod.rs of convex-backend at 94a42c3d. What the platform
 * keeps of them in system tables is kept in memory.
 */
import { normalizeName, type FunctionPath } from "./functionPath.js";
import type { JSONValue } from "convex/values";
import { backoffDelay } from "../concurrency/backoff.js";
import { Permits } from "../concurrency/permits.js";
import type { Timer } from "../clock/clock.js";
import { JOB_BACKOFF } from "../constants/retries.js";
import type { FunctionCalls } from "./calls.js";
import type { Code } from "./code.js";
import { intervalOf, spreadOf, timeAfter, type CronSchedule } from "./cronTimes.js";
import { crashFailure } from "./failure.js";
import { isDeterministic } from "./jobRuns.js";
import { Lifetime } from "./lifetime.js";
import { openRequest } from "./request.js";
import type { CommitListener, Scheduled, Services } from "./services.js";

/** What `cronJobs()` makes. */
interface CronJobs {
  readonly isCrons: true;
  readonly crons: Record<
    string,
    { name: string; args: [JSONValue]; schedule: CronSchedule }
  >;
}

interface Cron {
  readonly target: FunctionPath;
  readonly args: string;
  readonly schedule: CronSchedule;
  /** Milliseconds by which its runs are late on purpose. */
  readonly delayMs: number;
  timer: Timer | null;
}

export class Crons {
  readonly #services: Services;
  readonly #calls: FunctionCalls;
  readonly #slots: Permits;
  /** By component, name and all that a deploy may change: what stays as it is goes on. */
  #crons = new Map<string, Cron>();
  readonly #runs = new Set<Lifetime>();
  /** The jobs of commits that crons wait to hear of; a commit is known by them. */
  readonly #awaited = new Map<ReadonlyMap<string, Scheduled>, () => void>();
  #isPaused = false;
  #due: (() => void)[] = [];

  constructor(services: Services, calls: FunctionCalls, slots: number) {
    this.#services = services;
    this.#calls = calls;
    this.#slots = new Permits(services.clock, { limit: slots, waitMs: Infinity });
  }

  /** Takes what is deployed now. */
  deploy(code: Code): void {
    const former = this.#crons;
    this.#crons = new Map();
    for (const [key, cron] of this.#list(code)) {
      const known = former.get(key);
      this.#crons.set(key, known ?? cron);
      former.delete(key);
      if (!known) this.#plan(cron, this.#first(cron));
    }
    for (const { timer } of former.values()) {
      if (timer) this.#services.clock.cancel(timer);
    }
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!isPaused) for (const run of this.#due.splice(0)) run();
  }

  /** The backend starts again: a mutation is tried again, an action is not. */
  restart(): void {
    for (const run of this.#runs) run.end(crashFailure());
    this.#runs.clear();
  }

  readonly onCommitted: CommitListener = (_rows, scheduled) => {
    this.#awaited.get(scheduled)?.();
  };

  *#list(code: Code): Iterable<[string, Cron]> {
    for (const component of code.paths()) {
      const { crons, isCrons } = (code.module(component, "crons")?.default ??
        {}) as Partial<CronJobs>;
      if (!isCrons || !crons) continue;
      for (const [identifier, { name, args, schedule }] of Object.entries(crons)) {
        const target = { component, udfPath: normalizeName(name) };
        const delayMs = Math.floor(this.#services.random.next() * spreadOf(schedule));
        const key = JSON.stringify([component, identifier, name, args, schedule]);
        const timer = null;
        yield [key, { target, args: JSON.stringify(args[0]), schedule, delayMs, timer }];
      }
    }
  }

  #first({ schedule, delayMs }: Cron): number {
    const now = this.#services.clock.now();
    if (schedule.type === "interval") return now;
    return timeAfter(schedule, now - delayMs) + delayMs;
  }

  /** Runs that are missed are left out. */
  #next({ schedule, delayMs }: Cron, dueAt: number): number {
    const now = this.#services.clock.now();
    if (schedule.type !== "interval") {
      return timeAfter(schedule, Math.max(now, dueAt) - delayMs) + delayMs;
    }
    const ms = intervalOf(schedule)!;
    return dueAt + ms * Math.max(1, Math.ceil((now - dueAt) / ms));
  }

  #plan(cron: Cron, dueAt: number): void {
    const run = (): void => {
      if (this.#isPaused) this.#due.push(run);
      else void this.#run(cron, dueAt);
    };
    cron.timer = this.#services.clock.at(dueAt, run);
  }

  async #run(cron: Cron, dueAt: number): Promise<void> {
    const slot = await this.#slots.acquire();
    if (slot === "timeout") return;
    for (let failures = 0; !(await this.#attempt(cron)); failures += 1) {
      await this.#calls.wait(backoffDelay(JOB_BACKOFF, failures, this.#services.random));
    }
    slot.release();
    if ([...this.#crons.values()].includes(cron)) {
      this.#plan(cron, this.#next(cron, dueAt));
    }
  }

  /** Whether that was it: false when a mutation has to be tried again. */
  async #attempt({ target: path, args }: Cron): Promise<boolean> {
    const run = new Lifetime();
    this.#runs.add(run);
    const request = openRequest(this.#services.newRequestId());
    const call = { path, args, request, parent: run };
    let isCommitted = false;
    let awaited: ReadonlyMap<string, Scheduled> | undefined;
    const before = ({ scheduled }: { scheduled: ReadonlyMap<string, Scheduled> }) => {
      awaited = scheduled;
      this.#awaited.set(scheduled, () => (isCommitted = true));
      return true;
    };
    let isAction = false;
    try {
      isAction = this.#services.code.function(path).kind === "action";
      if (isAction) await this.#calls.action(call, { waitsForPermit: true });
      else await this.#calls.mutationOnce(call, { before });
      return true;
    } catch (error) {
      return isAction || isCommitted || isDeterministic(error);
    } finally {
      if (awaited) this.#awaited.delete(awaited);
      this.#runs.delete(run);
      run.end();
    }
  }
}
