/**
 * What rides with a commit sees: all of it in one query, in the snapshot in which the commit
 * began (D2).
 *
 * Owns that query's registration. It adds nothing to what the commit has read (P3, T2, V1);
 * its parts are read at the same time, and what more than one of them needs is read once, or
 * brought by the commit. If one of them fails, all do, and the commit with them: its executor
 * makes the call again without riders.
 */
import { doc } from "convex-helpers/validators";
import { v, type Infer } from "convex/values";
import { vRevoked } from "../shared/commit.js";
import { internalQuery } from "./_generated/server.js";
import { loadStandings, vStanding } from "./gateStandings.js";
import { vNamedGate } from "./gateTradeShapes.js";
import { listRevoked } from "./revocations.js";
import { scanSeat, vScanAnswer, vScanSeen } from "./scanning.js";
import schema from "./schema.js";

const vSeen = v.object({
  scan: v.union(v.null(), vScanAnswer),
  /** In the order of `gates`. */
  standings: v.array(vStanding),
  revoked: v.union(v.null(), v.array(vRevoked)),
});
type Seen = Infer<typeof vSeen>;

/** Looks at what a commit's riders ask for. */
export const seen = internalQuery({
  args: {
    executor: v.id("heartbeats"),
    /** The executor's seat, as the commit has read it. */
    seat: doc(schema, "seats"),
    scan: v.optional(vScanSeen),
    /** Gates at which it trades. */
    gates: v.array(vNamedGate),
    /** Revocations that it has heard of, if it asks what was revoked. */
    heard: v.optional(v.array(v.string())),
  },
  returns: vSeen,
  handler: async (ctx, { executor, seat, scan, gates, heard }): Promise<Seen> => {
    const [scanned, standings, revoked] = await Promise.all([
      scan ? scanSeat(ctx, { executor, seat }, scan) : null,
      loadStandings(ctx, executor, gates),
      heard ? listRevoked(ctx, executor, heard) : null,
    ]);
    return { scan: scanned, standings, revoked };
  },
});
