/**
 * What an executor and the component say to each other in a trade (P15).
 *
 * Owns shapes alone.
 */
import { v, type Infer } from "convex/values";
import { vGateGroup, vGateLimits, vGateRun } from "../shared/gates.js";
import { vMembership, vSelf } from "../shared/model.js";

/** An executor's rows at a gate; grants are there, and allocations, once somebody has traded. */
const vGateRows = v.object({
  gate: v.string(),
  demand: v.string(),
  allocation: v.optional(v.string()),
  grant: v.optional(v.string()),
});
/** A gate, and its rows as far as the executor was told of them. */
export const vNamedGate = v.object({ key: v.string(), rows: v.optional(vGateRows) });
export type NamedGate = Infer<typeof vNamedGate>;

export const vTrade = v.object({
  ...vNamedGate.fields,
  declared: vGateLimits,
  /** When the workflow was created that declares these limits. */
  by: v.number(),
  /** Weight granted that the executor knows of, and weight given back; both ever. */
  seen: v.number(),
  released: v.number(),
  waiting: v.array(vGateGroup),
  count: v.number(),
  /** What it was told of the provider's limit since the last trade, so long ago. */
  told: v.optional(
    v.object({
      perSecond: v.number(),
      remaining: v.optional(v.number()),
      agoMs: v.number(),
    }),
  ),
});
export type Trade = Infer<typeof vTrade>;

export const vTradeArgs = v.object({ ...vSelf, trades: v.array(vTrade) });

const vTraded = v.object({
  key: v.string(),
  rows: vGateRows,
  version: v.number(),
  paused: v.boolean(),
  closedUntil: v.number(),
  /** When the rate lets the next one pass, as far as is known. */
  nextAt: v.number(),
  /** Whether somebody else allocates: then the next trade may ride. */
  isLed: v.boolean(),
  /** Whether what passes is held until it is given back. */
  isHeld: v.boolean(),
  granted: v.number(),
  /** The last grants, among them all that the executor has not seen. */
  runs: v.array(vGateRun),
  grantVersion: v.number(),
});
export type Traded = Infer<typeof vTraded>;

/**
 * `now` is the time of all times in the answer: clocks of executors may differ. Null is a
 * trade that must not ride: nobody has named the gate, or somebody has to allocate.
 */
export const vTradeAnswer = v.object({
  membership: vMembership,
  now: v.number(),
  trades: v.array(v.union(v.null(), vTraded)),
});
export type TradeAnswer = Infer<typeof vTradeAnswer>;
export type TradeArgs = Infer<typeof vTradeArgs>;
