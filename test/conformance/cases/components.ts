/** Components: their walls, and the ways through. */
import { byAction, byMutation, byQuery, defineSubject } from "../case.js";
import { fails, satisfies } from "../expectation.js";
import type { Deployment } from "../target.js";

const add = async (t: Deployment, label: string) =>
  await t.mutation("parts:call", { path: "entries.add", args: { label } });
const labels = async (t: Deployment) =>
  await t.query("parts:ask", { path: "entries.list", args: {} });
const handled = async (t: Deployment) =>
  (await t.query("rows:list", { table: "items" })).map((row: any) => row.key);

const addBelow = (fails: boolean) => async (t: Deployment) => {
  const args = { path: "entries.addBelow", args: { label: "deep", fails } };
  const seen = await t.mutation("parts:call", args).catch((error) => error.data);
  return { seen, labels: await labels(t) };
};

export const components = defineSubject("components", {
  call: {
    rule: "the app calls its component's functions, in queries and mutations",
    observe: async (t) => {
      await add(t, "a");
      return await labels(t);
    },
    expected: ["a"],
  },
  child: {
    rule: "a component calls its child",
    observe: addBelow(false),
    expected: { seen: ["deep"], labels: ["deep"] },
  },
  childFails: {
    rule: "an error of the child's child rolls back both, and its data arrive",
    observe: addBelow(true),
    expected: { seen: { leaf: "deep" }, labels: [] },
  },
  rollBack: {
    rule: "a component's call that throws takes back its writes, and only those",
    observe: async (t) => {
      const { outcome, labels: seen } = await t.mutation("parts:rollBack");
      return { data: outcome.data, seen };
    },
    expected: { data: { lost: "lost" }, seen: ["kept"] },
  },
  callerFails: {
    rule: "a component's writes go when its caller fails",
    observe: async (t) => {
      await t.mutation("parts:failAfterComponent").catch(() => null);
      return await labels(t);
    },
    expected: [],
  },
  isolation: {
    rule: "the app sees no rows, no internal functions and no children of its component",
    observe: byMutation("parts:isolation"),
    expected: {
      get: satisfies("nothing found", (it) => it.ok === true || "error" in it),
      internal: { error: /./ },
      grandchild: { error: /./ },
      missing: { error: /./ },
      isString: true,
      countersOfComponent: 0,
    },
  },
  notPublic: {
    rule: "a client does not call functions of components",
    observe: byQuery("parts/entries:list"),
    expected: fails(/./),
  },
  handles: {
    rule: "a handle is a stable text that stands for a function of any kind",
    observe: byMutation("parts:handles"),
    expected: {
      isHandle: true,
      isStable: true,
      differs: true,
      ofHandleIsSame: true,
      result: "handled direct",
      missing: { error: /./ },
      unknownHandle: { error: /handle/i },
    },
  },
  callBack: {
    rule: "a component calls the app's internal functions by handle, in one transaction",
    observe: async (t) => ({
      outcome: await t.mutation("parts:callBack", { label: "a" }),
      handled: await handled(t),
      labels: await labels(t),
    }),
    expected: {
      outcome: { ok: "handled a" },
      handled: ["a"],
      labels: ["before the call"],
    },
  },
  callBackFails: {
    rule: "an error of the handle's function rolls back the component's caller too",
    observe: async (t) => {
      const { data } = await t.mutation("parts:callBack", { label: "a", fails: true });
      return { data, handled: await handled(t), labels: await labels(t) };
    },
    expected: { data: { label: "a" }, handled: [], labels: [] },
  },
  callBackBadArgs: {
    rule: "the validators of a handle's function apply",
    observe: byMutation("parts:callBackBadArgs"),
    expected: { error: /ArgumentValidationError/ },
  },
  actBack: {
    rule: "a component's action calls the app's action by handle",
    observe: byAction("parts:actBack"),
    expected: "handled from the component's action",
  },
  scheduleBack: {
    rule: "a component schedules the app's function by handle, and the job is the component's",
    observe: async (t) => {
      const id = await t.mutation("parts:scheduleBack");
      await t.settle();
      return {
        handled: await handled(t),
        state: await t.query("parts:ask", { path: "jobs.state", args: { id } }),
      };
    },
    expected: { handled: ["scheduled by the component"], state: "success" },
  },
  scheduleOwn: {
    rule: "a component schedules its own functions, which run in it",
    observe: async (t) => {
      await t.mutation("parts:call", { path: "jobs.schedule", args: { label: "a" } });
      await t.settle();
      return { labels: await labels(t), own: (await t.query("jobs:outcome")).states };
    },
    expected: { labels: ["a"], own: [] },
  },
  scheduleChild: {
    rule: "a component schedules functions of its child",
    observe: async (t) => {
      await t.mutation("parts:call", {
        path: "jobs.scheduleChild",
        args: { label: "a" },
      });
      await t.settle();
      return await t.mutation("parts:call", {
        path: "entries.addBelow",
        args: { label: "b", fails: false },
      });
    },
    expected: ["a", "b"],
  },
  scheduleOther: {
    rule: "a job is a row of the component that scheduled it",
    observe: async (t) => {
      const before = await t.query("parts:ask", { path: "jobs.count", args: {} });
      const { own, theirs } = await t.mutation("parts:scheduleOther");
      await t.settle();
      return { ownGrew: own > 0, theirs: theirs - before, labels: await labels(t) };
    },
    expected: { ownGrew: true, theirs: 0, labels: ["scheduled by the app"] },
  },
  cancelInMutation: {
    rule: "a component's mutation cancels its own job",
    observe: async (t) => {
      const schedule = { path: "jobs.schedule", args: { label: "a", delayMs: 1000 } };
      const id = await t.mutation("parts:call", schedule);
      await t.mutation("parts:call", { path: "jobs.cancel", args: { id } });
      await t.settle();
      return await labels(t);
    },
    expected: [],
  },
  cancelInAction: {
    rule: "a component's action cannot cancel its own job: ids are looked up in the app",
    observe: async (t) => {
      const schedule = { path: "jobs.schedule", args: { label: "a", delayMs: 1000 } };
      const id = await t.mutation("parts:call", schedule);
      await t
        .action("parts:act", { path: "jobs.cancelFromAction", args: { id } })
        .catch(() => null);
      await t.settle();
      return await labels(t);
    },
    expected: ["a"],
  },
  metadata: {
    rule: "a function of a component knows its name and the path of its component",
    observe: byQuery("parts:ask", { path: "calls.metadata", args: {} }),
    expected: {
      name: "calls:metadata",
      componentPath: "parts",
      type: "query",
      visibility: "public",
    },
  },
});
