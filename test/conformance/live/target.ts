/**
 * A deployment somewhere else as a target: functions are called over HTTP with an admin's
 * key, and what runs by itself is waited for by asking, within a bound.
 *
 * Owns: the one deployment that all cases share; each begins with its tables emptied.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";

import type { Deployment, Target } from "../target.js";

const POLL_MS = 250;
const POLLS_MAX = 240;

const lacks: Target["lacks"] = {
  clock: "a deployment's clock is nobody's to move",
  http: "HTTP actions have an address of their own",
  rejections: "nothing of the process is seen from outside",
  occ: "conflicts are not counted for callers",
  permits: "filling a deployment's permits would hurt others on it",
  client: "internal functions are called, which takes an admin's key",
};

export interface LiveTargetOptions {
  readonly url: string;
  readonly adminKey: string;
  /** Whose exceptions apply; a real deployment has none. */
  readonly name?: string;
  readonly wait?: (ms: number) => Promise<unknown>;
}

export function createLiveTarget(options: LiveTargetOptions): Target {
  const deployment = connect(options);
  return {
    name: options.name ?? "live",
    profile: "platform",
    lacks,
    deploy: async () => {
      await deployment.mutation("rows:clear");
      return deployment;
    },
  };
}

/** Throws when the deployment cannot be used, in words that say what to do. */
export async function checkReady(options: LiveTargetOptions): Promise<void> {
  try {
    await connect(options).query("rows:edition");
  } catch (error) {
    throw new Error(explain(options.url, (error as Error).message), { cause: error });
  }
}

function explain(url: string, message: string): string {
  if (/Could not find|no such export/i.test(message)) {
    return (
      `The conformance app is not on ${url}: push test/conformance/app, as its README ` +
      `says. (${message})`
    );
  }
  if (/BadAdminKey|Unauthenticated|Unauthorized|admin key|deploy key/i.test(message)) {
    return `The admin key is not one of ${url}. (${message})`;
  }
  return `The deployment at ${url} cannot be reached. (${message})`;
}

function connect(options: LiveTargetOptions, identity?: object): Deployment {
  const client = new ConvexHttpClient(options.url, {
    skipConvexDeploymentUrlCheck: true,
    logger: false,
  });
  (client as any).setAdminAuth(options.adminKey, identity);
  const notOffered = (need: keyof typeof lacks) => (): never => {
    throw new Error(`not offered: ${lacks[need]}`);
  };
  const query = async (name: string, args = {}) =>
    await client.query(makeFunctionReference<"query">(name), args);
  return {
    query,
    // Not queued: cases call several at once, to see what becomes of them.
    mutation: async (name, args = {}) =>
      await client.mutation(makeFunctionReference<"mutation">(name), args, {
        skipQueue: true,
      }),
    action: async (name, args = {}) =>
      await client.action(makeFunctionReference<"action">(name), args),
    settle: async () => await settle(query, options.wait ?? sleep),
    withIdentity: (attributes) => connect(options, attributes),
    now: notOffered("clock"),
    advance: notOffered("clock"),
    fetch: notOffered("http"),
    collectRejections: notOffered("rejections"),
    conflicts: notOffered("occ"),
    dispose: async () => undefined,
  };
}

async function settle(
  query: (name: string) => Promise<any>,
  wait: (ms: number) => Promise<unknown>,
): Promise<void> {
  let unfinished = 0;
  for (let poll = 0; poll < POLLS_MAX; poll += 1) {
    unfinished = await query("rows:countUnfinished");
    if (unfinished === 0) return;
    await wait(POLL_MS);
  }
  throw new Error(
    `${unfinished} scheduled functions have not ended after ${POLLS_MAX * POLL_MS} ms`,
  );
}
