/** Scheduling: what is stored, when it runs, how it ends, how it is canceled. */
import {
  actionGeneric,
  internalActionGeneric,
  internalMutationGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { v } from "convex/values";

import { attempt, attemptEach } from "./attempt.js";

const target = (name: string): any => makeFunctionReference<"mutation">(`jobs:${name}`);

/** Leaves a row that says it ran. */
export const record = internalMutationGeneric({
  args: { label: v.string() },
  handler: async (ctx, { label }) => {
    await ctx.db.insert("items", { key: label });
  },
});

export const recordByAction = internalActionGeneric({
  args: { label: v.string() },
  handler: async (ctx, { label }) => {
    await ctx.runMutation(target("record"), { label });
  },
});

export const fail = internalMutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("items", { key: "written by a failure" });
    throw new Error("job fails");
  },
});

export const failByAction = internalActionGeneric({
  args: {},
  handler: async () => {
    throw new Error("action job fails");
  },
});

/** Schedules a function `delayMs` from now. */
export const schedule = mutationGeneric({
  args: { name: v.string(), args: v.optional(v.any()), delayMs: v.optional(v.number()) },
  handler: async (ctx, { name, args, delayMs }) =>
    await ctx.scheduler.runAfter(delayMs ?? 0, target(name), args ?? {}),
});

export const scheduleFromAction = actionGeneric({
  args: { name: v.string(), args: v.any() },
  handler: async (ctx, { name, args }) =>
    await ctx.scheduler.runAfter(0, target(name), args),
});

/** Schedules several; `first` of the labels is the last to be scheduled. */
export const scheduleInOrder = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const now = Date.now();
    await ctx.scheduler.runAt(now + 3000, target("record"), { label: "third" });
    await ctx.scheduler.runAfter(2000, target("record"), { label: "second" });
    await ctx.scheduler.runAt(new Date(now - 1000), target("record"), { label: "first" });
  },
});

/** Schedules and fails: nothing was scheduled. */
export const scheduleAndFail = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.scheduler.runAfter(0, target("record"), { label: "never" });
    throw new Error("rolled back");
  },
});

export const scheduleAndRollBack = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    await attempt(() => ctx.runMutation(target("scheduleAndFail"), {}));
    await ctx.scheduler.runAfter(0, target("record"), { label: "kept" });
  },
});

/** The job's document as it stands, without what differs from run to run. */
export const look = queryGeneric({
  args: { id: v.string() },
  handler: async (ctx, { id }) => {
    const job: any = await ctx.db.system.get(id as never);
    if (job === null) return null;
    const { _id, _creationTime, scheduledTime, completedTime, ...rest } = job;
    return {
      ...rest,
      sameId: _id === id,
      isCompleted: completedTime !== undefined,
      scheduledTimeIsNumber: typeof scheduledTime === "number",
    };
  },
});

/** The due time relative to the clock of the mutation that schedules. */
export const dueTimes = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const now = Date.now();
    const due = async (id: any) =>
      ((await ctx.db.system.get(id)) as any).scheduledTime - now;
    const run = target("record");
    return {
      after: await due(await ctx.scheduler.runAfter(500, run, { label: "a" })),
      at: await due(await ctx.scheduler.runAt(now + 700, run, { label: "b" })),
    };
  },
});

/** Delays, functions and arguments that are refused when scheduling. */
export const refused = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const year = 365 * 24 * 3_600_000;
    const run = target("record");
    const args = { label: "refused" };
    return await attemptEach({
      negative: () => ctx.scheduler.runAfter(-1, run, args),
      infinite: () => ctx.scheduler.runAfter(Infinity, run, args),
      notNumber: () => ctx.scheduler.runAfter("1" as never, run, args),
      sixYearsAhead: () => ctx.scheduler.runAfter(6 * year, run, args),
      sixYearsAgo: () => ctx.scheduler.runAt(Date.now() - 6 * year, run, args),
      missingFunction: () => ctx.scheduler.runAfter(0, target("nothing"), {}),
      missingModule: () =>
        ctx.scheduler.runAfter(0, makeFunctionReference<"mutation">("nothing:at"), {}),
      placeholder: () =>
        ctx.scheduler.runAfter(0, run, { label: (ctx.db as any).vars.commitTs }),
      badArgsAreTaken: async () => {
        await ctx.scheduler.runAfter(60_000, run, { other: 1 });
      },
    });
  },
});

export const cancel = mutationGeneric({
  args: { id: v.string() },
  handler: async (ctx, { id }) => {
    await ctx.scheduler.cancel(id as never);
    const job: any = await ctx.db.system.get(id as never);
    return job?.state.kind ?? null;
  },
});

export const cancelFromAction = actionGeneric({
  args: { id: v.string() },
  handler: async (ctx, { id }) => {
    await ctx.scheduler.cancel(id as never);
  },
});

export const cancelNonsense = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const id: any = await ctx.db.insert("items", {});
    return await attemptEach({
      otherTable: () => ctx.scheduler.cancel(id),
      nonsense: () => ctx.scheduler.cancel("nonsense" as never),
    });
  },
});

/** Schedules and cancels in one transaction. */
export const scheduleAndCancel = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const id = await ctx.scheduler.runAfter(0, target("record"), { label: "canceled" });
    await ctx.scheduler.cancel(id);
    return id;
  },
});

/** A scheduled mutation looks at its own job. */
export const lookAtMyself = internalMutationGeneric({
  args: {},
  handler: async (ctx) => {
    const { scheduledFunctionId } = await ctx.meta.getRequestMetadata();
    const job: any = await ctx.db.system.get(scheduledFunctionId as never);
    await ctx.db.insert("items", { key: job?.state.kind ?? "unknown" });
  },
});

/** Schedules its own successor until none are left. */
export const chain = internalMutationGeneric({
  args: { left: v.number() },
  handler: async (ctx, { left }) => {
    await ctx.db.insert("items", { key: left });
    if (left > 0) {
      await ctx.scheduler.runAfter(0, target("chain"), { left: left - 1 });
    }
  },
});

/** Waits, and then schedules: by then its job may be canceled. */
export const sleepAndSchedule = internalActionGeneric({
  args: { sleepMs: v.number() },
  handler: async (ctx, { sleepMs }) => {
    await ctx.runMutation(target("record"), { label: "started" });
    await new Promise((resolve) => setTimeout(resolve, sleepMs));
    await ctx.scheduler.runAfter(0, target("record"), { label: "by the action" });
    await ctx.runMutation(target("scheduleRecord"), { label: "by its mutation" });
    await ctx.runMutation(target("record"), { label: "ended" });
  },
});

export const scheduleRecord = internalMutationGeneric({
  args: { label: v.string() },
  handler: async (ctx, { label }) => {
    await ctx.scheduler.runAfter(0, target("record"), { label });
  },
});

/** The labels that ran in order of creation, and the states of the jobs of this case. */
export const outcome = queryGeneric({
  args: {},
  handler: async (ctx) => {
    const ran = await ctx.db.query("items").collect();
    // A real deployment keeps the rows of earlier cases for a week.
    const mark = await ctx.db.query("marks").order("desc").first();
    const jobs = await ctx.db.system.query("_scheduled_functions").collect();
    const own = jobs.filter((job) => job._creationTime > (mark?._creationTime ?? 0));
    return {
      ran: ran.map((row: any) => row.key),
      states: own.map((job) => job.state.kind).sort(),
    };
  },
});

/** The state of one job. */
export const state = queryGeneric({
  args: { id: v.string() },
  handler: async (ctx, { id }) => {
    const job: any = await ctx.db.system.get(id as never);
    return job?.state ?? null;
  },
});
