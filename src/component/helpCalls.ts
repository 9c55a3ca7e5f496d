/**
 * Calls for help, and what a helper finds behind them (P18).
 *
 * Owns the `helpCalls` rows but for their coming (`helping.ts`), and the reading of both
 * sides within a scan: whether somebody could come, and what there is to be taken. Idle
 * fleets and busy ones pay no transaction for it.
 */
import { v, type Infer } from "convex/values";
import {
  HELP_CALLS_MAX,
  HELP_PAGE,
  HELP_WAKE_MAX,
  HELP_WINDOW,
  QUARANTINE_SEAT,
  SEATS_MAX,
} from "../shared/constants.js";
import { arrangeForSeat } from "../shared/help.js";
import { openTasks, type TaskCandidate } from "./candidates.js";
import type { Doc, MutationCtx, QueryCtx } from "./functions.js";
import { loadSeat } from "./incarnations.js";
import { isPaused } from "./parking.js";

type Config = Doc<"config">;
type Call = Doc<"helpCalls">;
type Look = Call["behind"][number];

export const vHelpArgs = v.object({
  /** Workflows of others that the executor would take in. */
  room: v.number(),
  /** Tasks in its queue above which it would call for help; null if it would not. */
  callAbove: v.union(v.number(), v.null()),
});
export const vHelpAnswer = v.object({
  /** Whether the seat calls for help. */
  isCalling: v.boolean(),
  /** Whether its queue of tasks holds more than is answered. */
  hasMoreTasks: v.boolean(),
  /** Whether it would call, and somebody is idle who would come. */
  canCome: v.boolean(),
});

/** What a scan has found in the seat's own queues. */
type OwnWork = {
  isEmpty: boolean;
  /** Tasks that it asked for, those that it found, and whether there are more. */
  asked: number;
  found: number;
  hasMoreTasks: boolean;
};

/** Looks at calls for help from the side of a seat: its own, and those that it may answer. */
export async function lookForHelp(
  ctx: QueryCtx,
  config: Config,
  seat: Doc<"seats">,
  { room, callAbove }: Infer<typeof vHelpArgs>,
  { isEmpty, asked, found, hasMoreTasks }: OwnWork,
): Promise<{ answer: Infer<typeof vHelpAnswer>; tasks: TaskCandidate[] }> {
  const isCalling = (await loadCall(ctx, seat.seat)) !== null;
  const enough = callAbove ?? Infinity;
  const isMuch = found > enough || (hasMoreTasks && asked >= enough);
  const asks = isMuch && canHelp(seat);
  const canCome = asks && (await listIdleSeats(ctx, config)).length > 0;
  const helps = room > 0 && isEmpty && canHelp(seat);
  const tasks = helps ? await readCalled(ctx, config, seat.seat, room) : [];
  return { answer: { isCalling, hasMoreTasks, canCome }, tasks };
}

/** Says whether a seat takes part: not in quarantine, nor while its executors die (F3). */
export function canHelp({ seat, deaths = 0, shards }: Doc<"seats">): boolean {
  return seat !== QUARANTINE_SEAT && deaths === 0 && shards.length > 0;
}

/** Loads the call that a seat has made. */
export async function loadCall(ctx: QueryCtx, seat: number): Promise<Call | null> {
  return await ctx.db
    .query("helpCalls")
    .withIndex("by_seat", (q) => q.eq("seat", seat))
    .unique();
}

/** Takes a seat's call back. */
export async function dropCall(ctx: MutationCtx, seat: number): Promise<void> {
  const call = await loadCall(ctx, seat);
  if (call) await ctx.db.delete("helpCalls", call._id);
}

/** Takes all calls back: every executor is sent away. */
export async function dropCalls(ctx: MutationCtx): Promise<void> {
  for (const { _id } of await ctx.db.query("helpCalls").take(SEATS_MAX + 1))
    await ctx.db.delete("helpCalls", _id);
}

/**
 * Lists some of the seats that are idle and would help, from a random one on. A seat that
 * never had work has no row: as many are asked for by number.
 */
export async function listIdleSeats(ctx: QueryCtx, config: Config): Promise<number[]> {
  const from = Math.floor(Math.random() * config.seats);
  const [behind, before] = await Promise.all([
    loadIdle(ctx, from, config.seats),
    loadIdle(ctx, 0, from),
  ]);
  const healthy = [...behind, ...before].filter(canHelp).map(({ seat }) => seat);
  const asked = Array.from(
    { length: Math.min(HELP_WAKE_MAX, config.seats) },
    (_, index) => (from + index) % config.seats,
  );
  const rows = await Promise.all(asked.map((seat) => loadSeat(ctx, seat)));
  const unused = asked.filter((_, index) => rows[index] === null);
  return [...healthy, ...unused].slice(0, HELP_WAKE_MAX);
}

async function loadIdle(
  ctx: QueryCtx,
  from: number,
  below: number,
): Promise<Doc<"seats">[]> {
  return await ctx.db
    .query("seats")
    .withIndex("by_state", (q) =>
      q.eq("state", "idle").gte("seat", from).lt("seat", below),
    )
    .take(HELP_WAKE_MAX);
}

/** Reads workflows that others have called about, and that the helper would take in. */
async function readCalled(
  ctx: QueryCtx,
  config: Config,
  seat: number,
  room: number,
): Promise<TaskCandidate[]> {
  const looks = await loadLooks(ctx, config, seat);
  const windows = await Promise.all(looks.map((look) => readWindow(ctx, look)));
  const open = windows.flat().filter(({ definition }) => !isPaused(config, definition));
  const arranged = arrangeForSeat(open, seat);
  const found: Doc<"taskQueue">[] = [];
  for (let at = 0; at < arranged.length && found.length < room; at += HELP_PAGE) {
    const page = arranged.slice(at, at + HELP_PAGE);
    const reading = page.map(async ({ workflow }) => ctx.db.get("workflows", workflow));
    const workflows = await Promise.all(reading);
    // Gates are passed in the order of their waiters, whom the owner names.
    found.push(...page.filter((_, index) => workflows[index]?.gate === undefined));
  }
  return await openTasks(ctx, found.slice(0, room));
}

/** Lists shards that are behind, of some calls of other seats, from a random one on. */
async function loadLooks(ctx: QueryCtx, config: Config, seat: number): Promise<Look[]> {
  const from = Math.floor(Math.random() * config.seats);
  const load = async (first: number, below: number) =>
    await ctx.db
      .query("helpCalls")
      .withIndex("by_seat", (q) => q.gte("seat", first).lt("seat", below))
      .take(HELP_CALLS_MAX);
  const calls = [...(await load(from, config.seats)), ...(await load(0, from))];
  const looks = calls
    .filter((call) => call.seat !== seat)
    .flatMap(({ behind }) => behind);
  const first = Math.floor(Math.random() * looks.length);
  return [...looks.slice(first), ...looks.slice(0, first)].slice(0, HELP_CALLS_MAX);
}

/** Reads the tasks of a shard behind those that its owner takes next (F2). */
async function readWindow(
  ctx: QueryCtx,
  { shard, skip }: Look,
): Promise<Doc<"taskQueue">[]> {
  const rows = await ctx.db
    .query("taskQueue")
    .withIndex("by_shard", (q) => q.eq("shard", shard))
    .take(skip + HELP_WINDOW);
  return rows.slice(skip);
}
