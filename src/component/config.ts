/**
 * The layout in force.
 *
 * Owns the `config` row. It is written only when the app's options change, because every
 * start reads it. A changed layout must also reach the seats: whoever gets `isChanged`
 * calls `relayoutSeats`.
 */
import { SEATS_MAX } from "../shared/constants.js";
import { executorError } from "../shared/errors.js";
import {
  computeSeats,
  computeSeatsMax,
  resolveClass,
  type DeploymentClass,
} from "../shared/layout.js";
import type { KnownRows, LayoutOptions } from "../shared/model.js";
import { loadById, type Doc, type MutationCtx, type QueryCtx } from "./functions.js";

/** Loads the layout; null before the first start. */
export async function loadConfig(
  ctx: QueryCtx,
  known?: Pick<KnownRows, "config">,
): Promise<Doc<"config"> | null> {
  const row = await loadById(ctx, "config", known?.config);
  return row ?? (await ctx.db.query("config").first());
}

/** Loads the layout, or throws what to do when nothing was ever started. */
export async function requireConfig(ctx: QueryCtx): Promise<Doc<"config">> {
  const config = await loadConfig(ctx);
  if (!config) {
    throw executorError(
      "NOT_CONFIGURED",
      "The executor does not know the app's entry yet. Start one workflow, or call executor.startExecutors(ctx) from the app once.",
    );
  }
  return config;
}

/**
 * Makes the stored layout equal to the app's options and the deployment's class. While
 * predecessors of the last change still drain, a further change waits for a later call: two
 * versions of an app that disagree must not start executors without end.
 */
export async function ensureConfig(
  ctx: MutationCtx,
  options: LayoutOptions,
): Promise<{ config: Doc<"config">; isChanged: boolean }> {
  const deployment = resolveClass((await ctx.meta.getDeploymentMetadata()).class);
  const stored = await loadConfig(ctx);
  if (stored && isSame(stored, options, deployment)) {
    return { config: stored, isChanged: false };
  }
  const seats = resolveSeats(options, deployment);
  const { incarnations, seats: seatsAsked } = options;
  const fields = { ...options, seats, seatsAsked, incarnations, deployment };
  if (!stored) {
    const ever = { served: options.shards, seatsEver: seats };
    const id = await ctx.db.insert("config", { ...fields, ...ever });
    return { config: (await ctx.db.get("config", id))!, isChanged: false };
  }
  if (await isChanging(ctx)) return { config: stored, isChanged: false };
  const served = Math.max(stored.served, options.shards);
  const counted = stored.seatsEver;
  const seatsEver = counted === undefined ? undefined : Math.max(counted, seats);
  await ctx.db.patch("config", stored._id, { ...fields, served, seatsEver });
  return { config: (await ctx.db.get("config", stored._id))!, isChanged: true };
}

function isSame(
  stored: Doc<"config">,
  options: LayoutOptions,
  deployment: DeploymentClass,
): boolean {
  return (
    stored.entry === options.entry &&
    stored.shards === options.shards &&
    stored.slotsPerShard === options.slotsPerShard &&
    stored.seatsAsked === options.seats &&
    stored.incarnations === options.incarnations &&
    stored.deployment === deployment
  );
}

async function isChanging(ctx: QueryCtx): Promise<boolean> {
  const seats = await ctx.db.query("seats").take(SEATS_MAX);
  return seats.some(({ draining }) => draining.length > 0);
}

function resolveSeats(options: LayoutOptions, deployment: DeploymentClass): number {
  const seatsMax = computeSeatsMax(deployment, options.incarnations);
  if (options.seats !== undefined && options.seats > seatsMax) {
    throw executorError(
      "INVALID_OPTIONS",
      `seats is ${options.seats}, but a deployment of class ${deployment} carries at most ${seatsMax}: each executor holds one of its scheduler slots for life. Leave seats out to let the class decide.`,
      { option: "seats", actual: options.seats, limit: seatsMax },
    );
  }
  return options.seats ?? computeSeats(options.shards, deployment, options.incarnations);
}
