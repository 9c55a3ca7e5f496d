/**
 * What rides with an executor's commits, instead of in calls of its own (D2).
 *
 * Owns the ride: a scan and trades that are due board the next commit, go along with the first
 * call of it, and hear what they would have heard alone once the commit's own outcome has
 * been taken in. A call that must be repeated goes without them; what was lost is asked again.
 */
import type { Riders as Questions, RidersAnswer } from "../../component/riders.js";
import type { Due, Gates } from "./gates.js";
import type { Revocations } from "./revocations.js";
import type { Asked, Scanner } from "./scanner.js";

export class Riders {
  #scan: Asked | null = null;
  #trades: Due[] = [];
  #asksRevoked = false;
  #hasLeft = false;
  #answer: RidersAnswer | null = null;

  constructor(
    private readonly scanner: Scanner,
    private readonly gates: Gates,
    private readonly revocations: Revocations,
  ) {}

  /** When a commit has to go for their sake, though it had nothing else to carry. */
  get dueAt(): number {
    return Math.min(this.gates.rideBy, this.revocations.dueAt);
  }

  /** Lets what is due board the commit that goes now. */
  board(): void {
    this.#scan = this.scanner.board();
    this.#trades = this.gates.board();
    this.#asksRevoked = this.revocations.board();
    this.#hasLeft = false;
    this.#answer = null;
  }

  /** The questions that a call carries; null if there are none, or they went with the first. */
  take(): Questions | null {
    const isEmpty = !this.#scan && this.#trades.length === 0 && !this.#asksRevoked;
    if (isEmpty || this.#hasLeft) return null;
    this.#hasLeft = true;
    const trades = this.#trades.map(({ trade }) => trade);
    return {
      trades,
      ...(this.#scan ? { scan: this.#scan.wanted } : {}),
      ...(this.#asksRevoked ? { revoked: true } : {}),
    };
  }

  /** Keeps what a call has answered them. */
  keep(answer: RidersAnswer | undefined): void {
    this.#answer ??= answer ?? null;
  }

  /** Lets each hear its answer, or that there is none. */
  alight(): void {
    const [scan, trades, asksRevoked] = [this.#scan, this.#trades, this.#asksRevoked];
    this.#scan = null;
    this.#trades = [];
    this.#asksRevoked = false;
    if (trades.length > 0) this.gates.hear(trades, this.#answer?.traded ?? null);
    if (asksRevoked) this.revocations.hear(this.#answer?.revoked ?? null);
    if (scan) void this.scanner.hear(scan, this.#answer?.scan ?? null);
  }
}
