/* eslint-disable */
/**
 * Generated `api` utility.
 *
 * THIS CODE IS AUTOMATICALLY GENERATED.
 *
 * To regenerate, run `npx convex dev`.
 * @module
 */

import type * as agenda from "../agenda.js";
import type * as audit from "../audit.js";
import type * as auditEnds from "../auditEnds.js";
import type * as auditEvents from "../auditEvents.js";
import type * as auditGates from "../auditGates.js";
import type * as auditSeats from "../auditSeats.js";
import type * as auditSteps from "../auditSteps.js";
import type * as auditWaits from "../auditWaits.js";
import type * as bulk from "../bulk.js";
import type * as bulkSettling from "../bulkSettling.js";
import type * as bulkVerbs from "../bulkVerbs.js";
import type * as canceling from "../canceling.js";
import type * as candidates from "../candidates.js";
import type * as cleanup from "../cleanup.js";
import type * as commitEnds from "../commitEnds.js";
import type * as commitReads from "../commitReads.js";
import type * as commits from "../commits.js";
import type * as config from "../config.js";
import type * as deaths from "../deaths.js";
import type * as deliveries from "../deliveries.js";
import type * as diagnosis from "../diagnosis.js";
import type * as diagnosisShapes from "../diagnosisShapes.js";
import type * as earliest from "../earliest.js";
import type * as endShapes from "../endShapes.js";
import type * as endings from "../endings.js";
import type * as epochs from "../epochs.js";
import type * as eventLeftovers from "../eventLeftovers.js";
import type * as eventTables from "../eventTables.js";
import type * as eventWaiters from "../eventWaiters.js";
import type * as events from "../events.js";
import type * as executor from "../executor.js";
import type * as expiry from "../expiry.js";
import type * as findings from "../findings.js";
import type * as finishing from "../finishing.js";
import type * as functions from "../functions.js";
import type * as gateAllocating from "../gateAllocating.js";
import type * as gateDemands from "../gateDemands.js";
import type * as gatePasses from "../gatePasses.js";
import type * as gateReports from "../gateReports.js";
import type * as gateSettings from "../gateSettings.js";
import type * as gateStandings from "../gateStandings.js";
import type * as gateTables from "../gateTables.js";
import type * as gateTradeShapes from "../gateTradeShapes.js";
import type * as gateTrading from "../gateTrading.js";
import type * as gateViews from "../gateViews.js";
import type * as gateWaits from "../gateWaits.js";
import type * as gates from "../gates.js";
import type * as helpCalls from "../helpCalls.js";
import type * as helping from "../helping.js";
import type * as incarnations from "../incarnations.js";
import type * as isolation from "../isolation.js";
import type * as journal from "../journal.js";
import type * as leaving from "../leaving.js";
import type * as leftovers from "../leftovers.js";
import type * as liveStatus from "../liveStatus.js";
import type * as mailboxes from "../mailboxes.js";
import type * as metrics from "../metrics.js";
import type * as mutationSteps from "../mutationSteps.js";
import type * as operations from "../operations.js";
import type * as operators from "../operators.js";
import type * as outbox from "../outbox.js";
import type * as parents from "../parents.js";
import type * as parking from "../parking.js";
import type * as pausing from "../pausing.js";
import type * as quarantine from "../quarantine.js";
import type * as queueHeads from "../queueHeads.js";
import type * as queues from "../queues.js";
import type * as removal from "../removal.js";
import type * as replays from "../replays.js";
import type * as restart from "../restart.js";
import type * as revocations from "../revocations.js";
import type * as riderViews from "../riderViews.js";
import type * as riders from "../riders.js";
import type * as scanning from "../scanning.js";
import type * as seatShapes from "../seatShapes.js";
import type * as seats from "../seats.js";
import type * as starting from "../starting.js";
import type * as status from "../status.js";
import type * as statuses from "../statuses.js";
import type * as timerKinds from "../timerKinds.js";
import type * as timers from "../timers.js";
import type * as violations from "../violations.js";
import type * as waking from "../waking.js";
import type * as watchdog from "../watchdog.js";
import type * as watching from "../watching.js";
import type * as workflows from "../workflows.js";

import type {
  ApiFromModules,
  FilterApi,
  FunctionReference,
} from "convex/server";
import { anyApi, componentsGeneric } from "convex/server";

const fullApi: ApiFromModules<{
  agenda: typeof agenda;
  audit: typeof audit;
  auditEnds: typeof auditEnds;
  auditEvents: typeof auditEvents;
  auditGates: typeof auditGates;
  auditSeats: typeof auditSeats;
  auditSteps: typeof auditSteps;
  auditWaits: typeof auditWaits;
  bulk: typeof bulk;
  bulkSettling: typeof bulkSettling;
  bulkVerbs: typeof bulkVerbs;
  canceling: typeof canceling;
  candidates: typeof candidates;
  cleanup: typeof cleanup;
  commitEnds: typeof commitEnds;
  commitReads: typeof commitReads;
  commits: typeof commits;
  config: typeof config;
  deaths: typeof deaths;
  deliveries: typeof deliveries;
  diagnosis: typeof diagnosis;
  diagnosisShapes: typeof diagnosisShapes;
  earliest: typeof earliest;
  endShapes: typeof endShapes;
  endings: typeof endings;
  epochs: typeof epochs;
  eventLeftovers: typeof eventLeftovers;
  eventTables: typeof eventTables;
  eventWaiters: typeof eventWaiters;
  events: typeof events;
  executor: typeof executor;
  expiry: typeof expiry;
  findings: typeof findings;
  finishing: typeof finishing;
  functions: typeof functions;
  gateAllocating: typeof gateAllocating;
  gateDemands: typeof gateDemands;
  gatePasses: typeof gatePasses;
  gateReports: typeof gateReports;
  gateSettings: typeof gateSettings;
  gateStandings: typeof gateStandings;
  gateTables: typeof gateTables;
  gateTradeShapes: typeof gateTradeShapes;
  gateTrading: typeof gateTrading;
  gateViews: typeof gateViews;
  gateWaits: typeof gateWaits;
  gates: typeof gates;
  helpCalls: typeof helpCalls;
  helping: typeof helping;
  incarnations: typeof incarnations;
  isolation: typeof isolation;
  journal: typeof journal;
  leaving: typeof leaving;
  leftovers: typeof leftovers;
  liveStatus: typeof liveStatus;
  mailboxes: typeof mailboxes;
  metrics: typeof metrics;
  mutationSteps: typeof mutationSteps;
  operations: typeof operations;
  operators: typeof operators;
  outbox: typeof outbox;
  parents: typeof parents;
  parking: typeof parking;
  pausing: typeof pausing;
  quarantine: typeof quarantine;
  queueHeads: typeof queueHeads;
  queues: typeof queues;
  removal: typeof removal;
  replays: typeof replays;
  restart: typeof restart;
  revocations: typeof revocations;
  riderViews: typeof riderViews;
  riders: typeof riders;
  scanning: typeof scanning;
  seatShapes: typeof seatShapes;
  seats: typeof seats;
  starting: typeof starting;
  status: typeof status;
  statuses: typeof statuses;
  timerKinds: typeof timerKinds;
  timers: typeof timers;
  violations: typeof violations;
  waking: typeof waking;
  watchdog: typeof watchdog;
  watching: typeof watching;
  workflows: typeof workflows;
}> = anyApi as any;

/**
 * A utility for referencing Convex functions in your app's public API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = api.myModule.myFunction;
 * ```
 */
export const api: FilterApi<
  typeof fullApi,
  FunctionReference<any, "public">
> = anyApi as any;

/**
 * A utility for referencing Convex functions in your app's internal API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = internal.myModule.myFunction;
 * ```
 */
export const internal: FilterApi<
  typeof fullApi,
  FunctionReference<any, "internal">
> = anyApi as any;

export const components = componentsGeneric() as unknown as {
  workpool: import("@convex-dev/workpool/_generated/component.js").ComponentApi<"workpool">;
};
