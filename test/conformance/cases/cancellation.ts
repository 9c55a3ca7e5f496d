/** Canceling scheduled functions. */
import { byMutation, defineSubject } from "../case.js";
import type { Deployment } from "../target.js";

const outcome = async (t: Deployment) => await t.query("jobs:outcome");

export const cancellation = defineSubject("cancellation", {
  canceled: {
    rule: "a canceled function never runs",
    observe: async (t) => {
      const args = { name: "record", args: { label: "a" }, delayMs: 1000 };
      const id = await t.mutation("jobs:schedule", args);
      const seen = await t.mutation("jobs:cancel", { id });
      await t.settle();
      return { seen, ...(await outcome(t)) };
    },
    expected: { seen: "canceled", ran: [], states: ["canceled"] },
  },
  canceledAtOnce: {
    rule: "what is scheduled and canceled in one transaction never runs",
    observe: async (t) => {
      await t.mutation("jobs:scheduleAndCancel");
      await t.settle();
      return await outcome(t);
    },
    expected: { ran: [], states: ["canceled"] },
  },
  canceledByAction: {
    rule: "an action of the app cancels as a mutation does",
    observe: async (t) => {
      const args = { name: "record", args: { label: "a" }, delayMs: 1000 };
      const id = await t.mutation("jobs:schedule", args);
      await t.action("jobs:cancelFromAction", { id });
      await t.settle();
      return await outcome(t);
    },
    expected: { ran: [], states: ["canceled"] },
  },
  canceledLate: {
    rule: "canceling what has ended changes nothing",
    observe: async (t) => {
      const args = { name: "record", args: { label: "a" } };
      const id = await t.mutation("jobs:schedule", args);
      await t.settle();
      await t.mutation("jobs:cancel", { id });
      return await outcome(t);
    },
    expected: { ran: ["a"], states: ["success"] },
  },
  cancelNonsense: {
    rule: "only ids of scheduled functions are canceled",
    observe: byMutation("jobs:cancelNonsense"),
    expected: {
      otherTable: { error: /Invalid scheduled function ID|_scheduled_functions/ },
      nonsense: { error: /./ },
    },
  },
  canceledInProgress: {
    rule: "a canceled action runs on, and what it then schedules is canceled",
    needs: ["clock", "rejections"],
    observe: async (t) => {
      const args = { name: "sleepAndSchedule", args: { sleepMs: 10_000 } };
      const id = await t.mutation("jobs:schedule", args);
      await t.advance(5_000);
      await t.mutation("jobs:cancel", { id });
      const escaped = await t.collectRejections(() => t.advance(30_000));
      return { ...(await outcome(t)), escaped };
    },
    expected: {
      ran: ["started", "ended"],
      states: ["canceled", "canceled", "canceled"],
      escaped: [],
    },
  },
});
