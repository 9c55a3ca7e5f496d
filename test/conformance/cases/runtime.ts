/** The JavaScript runtime: time, randomness, globals, timers, fetch, dangling work. */
import { byAction, byMutation, byQuery, defineSubject } from "../case.js";
import { fails } from "../expectation.js";
import type { Deployment } from "../target.js";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const keys = async (t: Deployment) =>
  (await t.query("rows:list", { table: "items" })).map((row: any) => row.key);

/** Distinguishes globals of several runs in one process. */
let runs = 0;

export const runtime = defineSubject("runtime", {
  clockOfQuery: {
    rule: "the clock stands still in a query",
    observe: byQuery("runtime:clockOfQuery"),
    expected: { isFrozen: true, ofNew: true },
  },
  clockOfMutation: {
    rule: "the clock stands still in a mutation",
    observe: byMutation("runtime:clockOfMutation"),
    expected: { isFrozen: true, ofNew: true },
  },
  clockOfAction: {
    rule: "the clock moves in an action",
    observe: byAction("runtime:clockOfAction", { sleepMs: 50 }),
    expected: { hasMoved: true },
  },
  random: {
    rule: "a mutation has random numbers, bytes and UUIDs",
    observe: byMutation("runtime:random"),
    expected: { isFraction: true, differs: true, uuid: UUID, bytes: 4 },
  },
  randomDiffers: {
    rule: "two runs of a mutation see different randomness",
    observe: async (t) => {
      const first = await t.mutation("runtime:random");
      return first.uuid !== (await t.mutation("runtime:random")).uuid;
    },
    expected: true,
  },
  digest: {
    rule: "an action computes digests",
    observe: byAction("runtime:digest"),
    expected: [0xba, 0x78, 0x16, 0xbf],
  },
  digestInMutation: {
    rule: "a mutation computes digests",
    observe: byMutation("runtime:digestInMutation"),
    expected: 32,
  },
  globals: {
    rule: "the web's globals are there; microtask queues, channels and Node's are not",
    observe: byAction("runtime:globals"),
    expected: { present: [], absent: [], process: false },
  },
  clone: {
    rule: "structuredClone copies deeply",
    observe: byQuery("runtime:clone"),
    expected: { equal: { list: [1, { deep: true }] }, isOther: true },
  },
  timers: {
    rule: "timers of an action fire in the order in which they are due; cleared ones do not",
    observe: byAction("runtime:timers"),
    expected: { seen: ["now", "early", "late"], ticked: true },
  },
  timerInMutation: {
    rule: "a timer fails a mutation, and nothing is written",
    observe: async (t) => {
      const error = await t.mutation("runtime:timerInMutation").catch((it) => it.message);
      return { error, keys: await keys(t) };
    },
    expected: { error: /setTimeout|timer/i, keys: [] },
  },
  timerUnawaited: {
    rule: "a timer that is not waited for fails the mutation as well, and cannot be caught",
    observe: byMutation("runtime:timerUnawaited"),
    expected: fails(/setTimeout|timer/i),
  },
  fetchInMutation: {
    rule: "a mutation does not fetch",
    observe: byMutation("runtime:fetchInMutation"),
    expected: { error: /fetch/i },
  },
  fetchInQuery: {
    rule: "a query does not fetch",
    observe: byQuery("runtime:fetchInQuery"),
    expected: { error: /fetch/i },
  },
  leaveGlobal: {
    rule: "what a function leaves in a global is gone in the next run",
    observe: async (t) => {
      runs += 1;
      const name = `leftBehind${runs}`;
      return [
        await t.mutation("runtime:leaveGlobal", { name }),
        await t.mutation("runtime:leaveGlobal", { name }),
      ];
    },
    expected: [null, null],
  },
  replaceGlobal: {
    rule: "a global that a function replaces is its own: nested calls do not see it",
    observe: byMutation("runtime:replaceGlobal"),
    expected: { inside: 42, still: 42, nestedSeesIt: false },
  },
  dangling: {
    rule: "writes that a mutation did not wait for are done before it commits",
    observe: async (t) => {
      const outcome = await t.mutation("runtime:dangleInMutation", { fails: false });
      return { outcome, keys: await keys(t) };
    },
    expected: { outcome: "returned", keys: ["first", "second"] },
  },
  danglingFails: {
    rule: "writes that a mutation did not wait for are gone when it throws",
    observe: async (t) => {
      await t.mutation("runtime:dangleInMutation", { fails: true }).catch(() => null);
      return await keys(t);
    },
    expected: [],
  },
  danglingNested: {
    rule: "a nested mutation that was not waited for is done before the commit",
    needs: ["rejections"],
    observe: async (t) => {
      let outcome: unknown = null;
      await t.collectRejections(async () => {
        outcome = await t.mutation("runtime:dangleNested").catch((it) => it.message);
      });
      return { outcome, keys: await keys(t) };
    },
    expected: { outcome: "returned", keys: ["first", "second"] },
  },
  orderOfWrites: {
    rule: "writes happen in the order in which they were started",
    observe: byMutation("runtime:orderOfWrites"),
    expected: ["a", "b"],
  },
  danglingTimer: {
    rule: "an action may return with timers running",
    observe: byAction("runtime:dangleInAction"),
    expected: "returned",
  },
});
