/**
 * The functions that an executor calls. Thin registrations; the actors are elsewhere.
 *
 * Their paths are stored nowhere, but an executor with old code may call them for as long
 * as it lives, so their arguments change only together with PROTOCOL (P12).
 */
import { v } from "convex/values";
import { vMembership } from "../shared/model.js";
import { mutation, query } from "./_generated/server.js";
import {
  fireTimers as firePage,
  readAgenda,
  vAgenda,
  vAgendaArgs,
  vFireAnswer,
  vFireArgs,
} from "./agenda.js";
import {
  leave as leaveSeat,
  recover as recoverClaims,
  retire as retireFromSeat,
} from "./leaving.js";
import { vLeaveArgs, vRecoverArgs } from "./leaving.js";
import {
  failMutationStep,
  runMutationStep,
  vMutationFailure,
  vMutationStep,
  vMutationStepAnswer,
} from "./mutationSteps.js";
import { tradeAtGates } from "./gateTrading.js";
import { vTradeAnswer, vTradeArgs } from "./gateTradeShapes.js";
import {
  countAttempts as countCallbackAttempts,
  deliverCallbacks,
  noteDeliveryFailure,
  vAttempts,
  vDelivery,
  vDeliveryFailure,
} from "./deliveries.js";
import { callHelp, vCallArgs } from "./helping.js";
import { hasParked, unparkUntried, vUnparkArgs } from "./parking.js";
import { parkPaused as park, vParkPausedArgs } from "./pausing.js";
import {
  readJournals,
  readSettled,
  vJournalsArgs,
  vJournalsAnswer,
  vSettledAnswer,
  vSettledArgs,
} from "./replays.js";
import { commitWithRiders, vCommitCall, vCommitCallAnswer } from "./riders.js";
import { scan as scanQueues, vScanAnswer, vScanArgs } from "./scanning.js";
import { handOverSeat } from "./seats.js";
import { isWatched, rearmWatchdog } from "./watchdog.js";

/** Looks at the heads of the queues and at the executor's own standing (P3). */
export const scan = query({
  args: vScanArgs,
  returns: vScanAnswer,
  handler: async (ctx, args) => await scanQueues(ctx, args),
});

/** Makes an executor's progress durable, and answers what it asks besides (D2). */
export const commit = mutation({
  args: vCommitCall,
  returns: vCommitCallAnswer,
  handler: async (ctx, args) => await commitWithRiders(ctx, args),
});

/** Reads pages of some workflows' journals. */
export const journals = query({
  args: vJournalsArgs,
  returns: vJournalsAnswer,
  handler: async (ctx, args) => await readJournals(ctx, args),
});

/** Reads which outside waits of a hot workflow have settled. */
export const settled = query({
  args: vSettledArgs,
  returns: vSettledAnswer,
  handler: async (ctx, args) => await readSettled(ctx, args),
});

/** Runs a user's mutation and settles its step in one transaction (D4). */
export const runMutation = mutation({
  args: vMutationStep,
  returns: vMutationStepAnswer,
  handler: async (ctx, args) => await runMutationStep(ctx, args),
});

/** Settles a mutation step as failed whose transaction cannot commit (P4). */
export const failMutation = mutation({
  args: vMutationFailure,
  returns: vMutationStepAnswer,
  handler: async (ctx, args) => await failMutationStep(ctx, args),
});

/** Says what waits at gates, and learns what may pass (P15). */
export const trade = mutation({
  args: vTradeArgs,
  returns: vTradeAnswer,
  handler: async (ctx, args) => await tradeAtGates(ctx, args),
});

/** Reads what is due on the executor's seat, and when the next is (P6). */
export const agenda = query({
  args: vAgendaArgs,
  returns: vAgenda,
  handler: async (ctx, args) => await readAgenda(ctx, args),
});

/** Fires a page of due timers (P6). */
export const fireTimers = mutation({
  args: vFireArgs,
  returns: vFireAnswer,
  handler: async (ctx, args) => await firePage(ctx, args),
});

/** Makes an ageing executor a draining one and starts its successor (P5). */
export const handOver = mutation({
  args: vLeaveArgs,
  returns: vMembership,
  handler: async (ctx, args) => await handOverSeat(ctx, args),
});

/** Lets an executor go whose seat has no work (P6). */
export const retire = mutation({
  args: vLeaveArgs,
  returns: v.boolean(),
  handler: async (ctx, args) => await retireFromSeat(ctx, args),
});

/** Lets a draining executor go that holds nothing. */
export const leave = mutation({
  args: vLeaveArgs,
  returns: v.boolean(),
  handler: async (ctx, args) => await leaveSeat(ctx, args),
});

/** Gives back a page of a dead predecessor's claims. */
export const recover = mutation({
  args: vRecoverArgs,
  returns: v.boolean(),
  handler: async (ctx, args) => await recoverClaims(ctx, args),
});

/** Calls for help, or takes the call back (P18). */
export const call = mutation({
  args: vCallArgs,
  returns: v.null(),
  handler: async (ctx, args) => {
    await callHelp(ctx, args);
    return null;
  },
});

/** Says whether a run of the watchdog will come (P8). */
export const watched = query({
  args: {},
  returns: v.boolean(),
  handler: async (ctx) => await isWatched(ctx),
});

/** Starts the watchdog again after its jobs were lost (P8). */
export const watch = mutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await rearmWatchdog(ctx);
    return null;
  },
});

/** Says whether workflows are parked that other code may be able to run (P12). */
export const parked = query({
  args: vUnparkArgs,
  returns: v.boolean(),
  handler: async (ctx, { fingerprint }) => await hasParked(ctx, fingerprint),
});

/** Counts attempts of callbacks, before they are made (P6). */
export const countAttempts = mutation({
  args: vDelivery,
  returns: vAttempts,
  handler: async (ctx, args) => await countCallbackAttempts(ctx, args),
});

/** Runs callbacks whose attempts were counted; answers those it had no room for. */
export const deliver = mutation({
  args: vDelivery,
  returns: vAttempts,
  handler: async (ctx, args) => await deliverCallbacks(ctx, args),
});

/** Keeps what a delivery died of. */
export const noteUndelivered = mutation({
  args: vDeliveryFailure,
  returns: v.null(),
  handler: async (ctx, args) => {
    await noteDeliveryFailure(ctx, args);
    return null;
  },
});

/** Takes up a page of them; answers how many. */
export const unpark = mutation({
  args: vUnparkArgs,
  returns: v.number(),
  handler: async (ctx, { fingerprint }) => await unparkUntried(ctx, fingerprint),
});

/** Parks workflows of paused definitions that stand in a queue. */
export const parkPaused = mutation({
  args: vParkPausedArgs,
  returns: v.null(),
  handler: async (ctx, rows) => {
    await park(ctx, rows);
    return null;
  },
});
