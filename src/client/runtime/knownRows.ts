/**
 * Rows that the component has told of: they go along with calls, so that it need not search
 * for them. It checks them, so that none can be wrong, only useless.
 *
 * Owns what is known of an executor's own rows, and of those at its gates.
 */
import type { Trade, TradeAnswer } from "../../component/gateTradeShapes.js";
import type { KnownRows as OwnRows } from "../../shared/model.js";
import type { Scan } from "./model.js";

export class KnownRows {
  #own: OwnRows | undefined;
  readonly #gates = new Map<string, Trade["rows"]>();

  /** What calls carry of the executor's own. */
  get own(): { known?: OwnRows } {
    return this.#own ? { known: this.#own } : {};
  }

  /** Adds what is known of their gates to trades. */
  addTo(trades: readonly Trade[]): Trade[] {
    return trades.map((trade) => {
      const rows = this.#gates.get(trade.key);
      return rows ? { ...trade, rows } : trade;
    });
  }

  /** Takes in what a scan tells, if one was answered. */
  noteScan(scan: Scan | null | undefined): void {
    this.#own = scan?.known ?? this.#own;
  }

  /** Takes in what trades tell, if they were answered. */
  noteTrades(answer: TradeAnswer | null | undefined): void {
    for (const traded of answer?.trades ?? [])
      if (traded) this.#gates.set(traded.key, traded.rows);
  }
}
