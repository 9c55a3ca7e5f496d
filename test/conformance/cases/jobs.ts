/** Scheduled functions: their document, their order, their ends, their cancellation. */
import { byMutation, defineSubject } from "../case.js";
import { satisfies } from "../expectation.js";
import type { Deployment } from "../target.js";

const outcome = async (t: Deployment) => await t.query("jobs:outcome");

const ending = (name: string, args: object) => async (t: Deployment) => {
  const id = await t.mutation("jobs:schedule", { name, args });
  await t.settle();
  return await t.query("jobs:look", { id });
};

const ended = { sameId: true, isCompleted: true, scheduledTimeIsNumber: true };

export const jobs = defineSubject("jobs", {
  pending: {
    rule: "a scheduled function is a row with its name, arguments and state",
    observe: async (t) => {
      const args = { label: "later" };
      const id = await t.mutation("jobs:schedule", {
        name: "record",
        args,
        delayMs: 60_000,
      });
      return await t.query("jobs:look", { id });
    },
    expected: {
      name: "jobs.js:record",
      args: [{ label: "later" }],
      state: { kind: "pending" },
      sameId: true,
      isCompleted: false,
      scheduledTimeIsNumber: true,
    },
  },
  succeeded: {
    rule: "a mutation that ran has succeeded, with the time of its completion",
    observe: ending("record", { label: "a" }),
    expected: {
      ...ended,
      name: "jobs.js:record",
      args: [{ label: "a" }],
      state: { kind: "success" },
    },
  },
  actionSucceeded: {
    rule: "an action that ran has succeeded",
    observe: ending("recordByAction", { label: "a" }),
    expected: {
      ...ended,
      name: "jobs.js:recordByAction",
      args: [{ label: "a" }],
      state: { kind: "success" },
    },
  },
  failed: {
    rule: "a mutation that throws has failed, with the error, and left no writes",
    observe: async (t) => ({
      job: await ending("fail", {})(t),
      ran: (await outcome(t)).ran,
    }),
    expected: {
      job: {
        ...ended,
        name: "jobs.js:fail",
        args: [{}],
        state: { kind: "failed", error: /job fails/ },
      },
      ran: [],
    },
  },
  actionFailed: {
    rule: "an action that throws has failed, with the error",
    observe: ending("failByAction", {}),
    expected: {
      ...ended,
      name: "jobs.js:failByAction",
      args: [{}],
      state: { kind: "failed", error: /action job fails/ },
    },
  },
  badArguments: {
    rule: "arguments are validated when the function runs",
    observe: ending("record", { other: 1 }),
    expected: {
      ...ended,
      name: "jobs.js:record",
      args: [{ other: 1 }],
      state: { kind: "failed", error: /ArgumentValidationError/ },
    },
  },
  refused: {
    rule: "delays out of bounds and functions that are not there are refused at once",
    observe: byMutation("jobs:refused"),
    expected: {
      negative: { error: /must be non-negative/ },
      infinite: { error: /must be a finite number/ },
      notNumber: { error: /must be a number/ },
      sixYearsAhead: { error: /more than 5 years in the future/ },
      sixYearsAgo: { error: /more than 5 years in the past/ },
      missingFunction: {
        error: /Attempted to schedule function, but no exported function/,
      },
      missingModule: { error: /Attempted to schedule function at nonexistent path/ },
      placeholder: { error: /placeholder|commit timestamp/i },
      badArgsAreTaken: { ok: null },
    },
  },
  fromAction: {
    rule: "an action schedules as a mutation does",
    observe: async (t) => {
      const args = { name: "record", args: { label: "a" } };
      await t.action("jobs:scheduleFromAction", args);
      await t.settle();
      return await outcome(t);
    },
    expected: { ran: ["a"], states: ["success"] },
  },
  dueTimes: {
    rule: "the due time counts from the clock of the mutation that schedules",
    observe: async (t) => {
      const { after, at } = await t.mutation("jobs:dueTimes");
      return [Math.round(after), Math.round(at)];
    },
    expected: [500, 700],
  },
  order: {
    rule: "functions run in the order in which they are due; past times run at once",
    observe: async (t) => {
      await t.mutation("jobs:scheduleInOrder");
      await t.settle();
      return (await outcome(t)).ran;
    },
    expected: ["first", "second", "third"],
  },
  notEarly: {
    rule: "a function does not run before it is due",
    needs: ["clock"],
    observe: async (t) => {
      const args = { label: "a" };
      await t.mutation("jobs:schedule", { name: "record", args, delayMs: 10_000 });
      await t.advance(9_000);
      const before = (await outcome(t)).ran;
      await t.advance(3_000);
      return { before, after: (await outcome(t)).ran };
    },
    expected: { before: [], after: ["a"] },
  },
  chain: {
    rule: "scheduled functions schedule their successors",
    observe: async (t) => {
      await t.mutation("jobs:schedule", { name: "chain", args: { left: 3 } });
      await t.settle();
      return (await outcome(t)).ran;
    },
    expected: [3, 2, 1, 0],
  },
  rolledBack: {
    rule: "a mutation that throws has scheduled nothing",
    observe: async (t) => {
      await t.mutation("jobs:scheduleAndFail").catch(() => null);
      await t.settle();
      return await outcome(t);
    },
    expected: { ran: [], states: [] },
  },
  nestedRolledBack: {
    rule: "a nested mutation that throws has scheduled nothing",
    observe: async (t) => {
      await t.mutation("jobs:scheduleAndRollBack");
      await t.settle();
      return await outcome(t);
    },
    expected: { ran: ["kept"], states: ["success"] },
  },
  inProgress: {
    rule: "a running action is in progress, with the row saying so to everybody",
    needs: ["clock"],
    observe: async (t) => {
      const args = { name: "sleepAndSchedule", args: { sleepMs: 10_000 } };
      const id = await t.mutation("jobs:schedule", args);
      await t.advance(5_000);
      const state = await t.query("jobs:state", { id });
      await t.settle();
      return { state, ...(await outcome(t)) };
    },
    expected: satisfies(
      "in progress, and all four labels",
      ({ state, ran, states }) =>
        state?.kind === "inProgress" &&
        [...ran].sort().join() === "by its mutation,by the action,ended,started" &&
        states.join() === "success,success,success",
    ),
  },
  seesItself: {
    rule: "a scheduled mutation sees itself in progress",
    observe: async (t) => {
      await t.mutation("jobs:schedule", { name: "lookAtMyself", args: {} });
      await t.settle();
      return (await outcome(t)).ran;
    },
    expected: ["inProgress"],
  },
});
