/** The JavaScript runtime: time, randomness, timers, fetch, work that nobody waits for. */
import {
  actionGeneric,
  internalMutationGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { v } from "convex/values";

import { attempt } from "./attempt.js";

const at = (name: string): any => makeFunctionReference<"mutation">(`runtime:${name}`);

/** Reads the clock, does work that takes time on a real deployment, reads it again. */
const readClocks = async (ctx: any) => {
  const first = Date.now();
  const started = first;
  for (let count = 0; count < 20; count += 1) {
    await ctx.db.query("items").withIndex("by_key").first();
  }
  return { isFrozen: Date.now() === started, ofNew: new Date().getTime() === first };
};

export const clockOfQuery = queryGeneric({ args: {}, handler: readClocks });
export const clockOfMutation = mutationGeneric({ args: {}, handler: readClocks });

export const clockOfAction = actionGeneric({
  args: { sleepMs: v.number() },
  handler: async (_, { sleepMs }) => {
    const started = Date.now();
    await new Promise((resolve) => setTimeout(resolve, sleepMs));
    return { hasMoved: Date.now() - started >= sleepMs };
  },
});

export const random = mutationGeneric({
  args: {},
  handler: async () => ({
    isFraction: [Math.random(), Math.random()].every((one) => one >= 0 && one < 1),
    differs: Math.random() !== Math.random(),
    uuid: crypto.randomUUID(),
    bytes: crypto.getRandomValues(new Uint8Array(4)).length,
  }),
});

export const digest = actionGeneric({
  args: {},
  handler: async () => {
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode("abc"));
    return [...new Uint8Array(bytes)].slice(0, 4);
  },
});

export const digestInMutation = mutationGeneric({
  args: {},
  handler: async () => {
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode("abc"));
    return new Uint8Array(bytes).length;
  },
});

/** Whether each is there, and which are not in Convex's own runtime. */
export const globals = actionGeneric({
  args: {},
  handler: async () => {
    const here = (name: string) => (globalThis as any)[name] !== undefined;
    return {
      present: [
        "AbortController",
        "Blob",
        "Headers",
        "ReadableStream",
        "Request",
        "Response",
        "TextDecoder",
        "TextEncoder",
        "URL",
        "URLSearchParams",
        "atob",
        "btoa",
        "clearTimeout",
        "console",
        "crypto",
        "fetch",
        "performance",
        "setInterval",
        "setTimeout",
        "structuredClone",
      ].filter((name) => !here(name)),
      absent: ["queueMicrotask", "setImmediate", "MessageChannel"].filter(here),
      process: Object.keys((globalThis as any).process ?? {}).includes("memoryUsage"),
    };
  },
});

export const clone = queryGeneric({
  args: {},
  handler: async () => {
    const original = { list: [1, { deep: true }] };
    const copy = structuredClone(original);
    return { equal: copy, isOther: copy.list !== original.list };
  },
});

/** Timers of an action run in the order in which they are due. */
export const timers = actionGeneric({
  args: {},
  handler: async () => {
    const seen: string[] = [];
    const wait = (ms: number, name: string) =>
      new Promise<void>((resolve) => {
        setTimeout(() => {
          seen.push(name);
          resolve();
        }, ms);
      });
    const canceled = setTimeout(() => seen.push("canceled"), 1);
    clearTimeout(canceled);
    let ticks = 0;
    const interval = setInterval(() => (ticks += 1), 10);
    await Promise.all([wait(45, "late"), wait(20, "early"), wait(0, "now")]);
    clearInterval(interval);
    return { seen, ticked: ticks >= 2 };
  },
});

/** A timer in a transaction, by the way it fails. */
export const timerInMutation = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("items", { key: "with a timer" });
    await new Promise((resolve) => setTimeout(resolve, 1));
    return "slept";
  },
});

/** A timer that nobody waits for fails a transaction as well. */
export const timerUnawaited = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const caught = await attempt(() => {
      setTimeout(() => undefined, 1);
    });
    await ctx.db.query("items").first();
    return caught;
  },
});

export const fetchInMutation = mutationGeneric({
  args: {},
  handler: async () => await attempt(() => fetch("https://convex.invalid/")),
});

export const fetchInQuery = queryGeneric({
  args: {},
  handler: async () => await attempt(() => fetch("https://convex.invalid/")),
});

/** Whatever is left in a global is gone in the next call. */
export const leaveGlobal = mutationGeneric({
  args: { name: v.string() },
  handler: async (_, { name }) => {
    const before = (globalThis as any)[name] ?? null;
    (globalThis as any)[name] = 1;
    return before;
  },
});

/** Assigned globals hold for the function, and only for it. */
export const replaceGlobal = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const original = Date;
    globalThis.Date = class extends Date {
      static override now = () => 42;
    } as DateConstructor;
    const inside = Date.now();
    const nested = await ctx.runMutation(at("now"), {});
    const still = Date.now();
    globalThis.Date = original;
    return { inside, still, nestedSeesIt: nested === 42 };
  },
});

export const now = internalMutationGeneric({ args: {}, handler: async () => Date.now() });

/** Writes that the handler does not wait for. */
export const dangleInMutation = mutationGeneric({
  args: { fails: v.boolean() },
  handler: async (ctx, { fails }) => {
    void ctx.db.insert("items", { key: "first" });
    void ctx.db.insert("items", { key: "second" });
    if (fails) throw new Error("fails with work pending");
    return "returned";
  },
});

export const dangleNested = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    void ctx.runMutation(at("insertTwo"), {});
    return "returned";
  },
});

export const insertTwo = internalMutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("items", { key: "first" });
    await ctx.db.insert("items", { key: "second" });
  },
});

/** Writes that are started in one order and waited for in another keep the first. */
export const orderOfWrites = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const second = ctx.db.insert("items", { key: "a" });
    const first = ctx.db.insert("items", { key: "b" });
    await first;
    await second;
    return (await ctx.db.query("items").collect()).map((row: any) => row.key);
  },
});

/** Starts a mutation and returns before it can end. */
export const dangleInAction = actionGeneric({
  args: {},
  handler: async () => {
    setTimeout(() => undefined, 50);
    return "returned";
  },
});
