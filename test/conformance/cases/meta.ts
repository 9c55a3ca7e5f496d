/** ctx.meta: the function, the deployment, the request. */
import { byAction, byMutation, byQuery, defineSubject } from "../case.js";
import { anyString, fails, satisfies } from "../expectation.js";
import type { Deployment } from "../target.js";

const scheduled = (name: string) => async (t: Deployment) => {
  const id = await t.mutation("meta:scheduleByName", { name });
  await t.settle();
  const [row] = await t.query("rows:list", { table: "items" });
  return { isJob: row.key === id, ip: row.ip, userAgent: row.userAgent };
};

export const meta = defineSubject("meta", {
  ofQuery: {
    rule: "a query knows itself, its limits, the deployment and its snapshot",
    observe: byQuery("meta:ofQuery"),
    expected: {
      function: {
        name: "meta:ofQuery",
        componentPath: "",
        type: "query",
        visibility: "public",
      },
      members: [
        "getDeploymentMetadata",
        "getFunctionMetadata",
        "getSnapshotTs",
        "getTransactionMetrics",
      ],
      context: ["auth", "db", "meta", "runQuery", "storage"],
    },
  },
  ofMutation: {
    rule: "a mutation knows its request as well; an internal one that it is internal",
    observe: byMutation("meta:ofNestedMutation"),
    expected: {
      function: {
        name: "meta:ofMutation",
        componentPath: "",
        type: "mutation",
        visibility: "internal",
      },
      members: [
        "getDeploymentMetadata",
        "getFunctionMetadata",
        "getRequestMetadata",
        "getSnapshotTs",
        "getTransactionMetrics",
      ],
    },
  },
  ofAction: {
    rule: "an action knows itself, the deployment and its request",
    observe: byAction("meta:ofAction"),
    expected: {
      function: {
        name: "meta:ofAction",
        componentPath: "",
        type: "action",
        visibility: "public",
      },
      members: ["getDeploymentMetadata", "getFunctionMetadata", "getRequestMetadata"],
    },
  },
  deployment: {
    rule: "the deployment has a name, a region or none, and a class",
    observe: byQuery("meta:deployment"),
    expected: {
      name: anyString,
      region: satisfies("a text or null", (it) => it === null || typeof it === "string"),
      class: /^(s16|s256|d1024|d2048)$/,
    },
  },
  request: {
    rule: "a request has an id, and no scheduled function when a client calls",
    observe: byMutation("meta:request"),
    expected: satisfies(
      "all five fields",
      (it) =>
        typeof it.requestId === "string" &&
        it.scheduledFunctionId === null &&
        ["ip", "userAgent", "authToken"].every((field) => field in it),
    ),
  },
  requestOfCalls: {
    rule: "what an action calls belongs to the same request",
    observe: byAction("meta:requestOfCalls"),
    expected: { isSame: true },
  },
  requestsDiffer: {
    rule: "two calls are two requests",
    observe: async (t) => {
      const first = await t.mutation("meta:request");
      const second = await t.mutation("meta:request");
      return first.requestId !== second.requestId;
    },
    expected: true,
  },
  scheduledMutation: {
    rule: "a scheduled mutation knows its job",
    observe: scheduled("recordRequest"),
    expected: satisfies("its job", (it) => it.isJob),
  },
  scheduledAction: {
    rule: "what a scheduled action calls knows the action's job",
    observe: scheduled("recordRequestByAction"),
    expected: satisfies("its job", (it) => it.isJob),
  },
  syscallsOfAction: {
    rule: "transaction metrics are no syscall of actions; unknown ones are named",
    observe: byAction("meta:syscallsOfAction"),
    expected: {
      metrics: { error: /Unknown async operation 1\.0\/getTransactionMetrics/ },
      unknown: { error: /Unknown async operation 1\.0\/nothing/ },
    },
  },
  requestOfQuery: {
    rule: "a query has no request",
    observe: byQuery("meta:requestOfQuery"),
    expected: { error: /Cannot get request metadata in a Query/i },
  },
  internalFromClient: {
    rule: "a client without an admin's key does not call internal functions",
    needs: ["client"],
    observe: byMutation("meta:ofMutation"),
    expected: fails(/Could not find public function/),
  },
});
