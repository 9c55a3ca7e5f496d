/** The syscalls as they are, below the client: their JSON in and out. */
import { actionGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { convexToJson } from "convex/values";

import { attempt } from "./attempt.js";

/** Stands in the results for what differs from run to run. */
const hideIds = (value: any, id: string): any =>
  JSON.parse(JSON.stringify(value).replaceAll(id, "ID"), (key, inner) =>
    key === "_creationTime" ? "TIME" : inner,
  );

async function call(op: string, args: unknown): Promise<any> {
  return JSON.parse(
    await (globalThis as any).Convex.asyncSyscall(op, JSON.stringify(args)),
  );
}

function callSync(op: string, args: unknown): any {
  return JSON.parse((globalThis as any).Convex.syscall(op, JSON.stringify(args)));
}

const VERSION = "1.48.0";

/** Each syscall of the database and what it gives back. */
export const database = mutationGeneric({
  args: {},
  handler: async () => {
    const value = convexToJson({ key: 1n, more: { z: NaN } });
    const { _id: id, ...insertRest } = await call("1.0/insert", {
      table: "items",
      value,
    });
    const patch = { key: 2, more: { $undefined: null } };
    const results: Record<string, unknown> = {
      insertRest,
      get: await call("1.0/get", { id, isSystem: false, version: VERSION }),
      getTable: await call("1.0/get", {
        id,
        isSystem: false,
        version: VERSION,
        table: "items",
      }),
      shallowMerge: await call("1.0/shallowMerge", { id, value: patch }),
      replace: await call("1.0/replace", { id, value: { key: 3 }, table: "items" }),
      count: await call("1.0/count", { table: "items" }),
      normalizeId: callSync("1.0/db/normalizeId", { table: "items", idString: id }),
      remove: await call("1.0/remove", { id }),
      getMissing: await call("1.0/get", { id, isSystem: false, version: VERSION }),
    };
    return JSON.stringify(hideIds(results, id));
  },
});

/** A stream: opened, read to its end, closed. */
export const stream = queryGeneric({
  args: {},
  handler: async () => {
    const query = {
      source: { type: "IndexRange", indexName: "items.by_key", range: [], order: "desc" },
      operators: [{ limit: 1 }],
    };
    const { queryId } = callSync("1.0/queryStream", { query, version: VERSION });
    const first = await call("1.0/queryStreamNext", { queryId });
    const end = await call("1.0/queryStreamNext", { queryId });
    return {
      id: typeof queryId,
      key: first.value.key,
      isDone: [first.done, end.done],
      endValue: end.value,
      cleanup: callSync("1.0/queryCleanup", { queryId }),
      again: await attempt(() =>
        call("1.0/queryStreamNext", { queryId: queryId + 1000 }),
      ),
    };
  },
});

export const page = queryGeneric({
  args: {},
  handler: async () => {
    const query = {
      source: { type: "FullTableScan", tableName: "items", order: null },
      operators: [],
    };
    const args = {
      query,
      cursor: null,
      endCursor: null,
      pageSize: 10,
      maximumRowsRead: null,
    };
    return Object.keys(await call("1.0/queryPage", { ...args, version: VERSION })).sort();
  },
});

/** Syscalls that give back texts, numbers, nothing. */
export const others = mutationGeneric({
  args: {},
  handler: async () => {
    const name = "jobs:record";
    const ts = Date.now() / 1000 + 3600;
    const job = await call("1.0/schedule", {
      name,
      ts,
      args: { label: "a" },
      version: VERSION,
    });
    return {
      schedule: typeof job,
      cancel: await call("1.0/cancel_job", { id: job }),
      handle: typeof (await call("1.0/createFunctionHandle", { name, version: VERSION })),
      runUdf: JSON.stringify(
        await call("1.0/runUdf", {
          udfType: "query",
          name: "values:echoQuery",
          args: { value: { $integer: "AQAAAAAAAAA=" } },
        }),
      ),
      snapshot: Object.keys(callSync("1.0/getSnapshotTs", {})),
      metadata: Object.keys(await call("1.0/getFunctionMetadata", {})).sort(),
      deployment: Object.keys(await call("1.0/getDeploymentMetadata", {})).sort(),
      request: Object.keys(await call("1.0/getRequestMetadata", {})).sort(),
      auditLog: await attempt(() => call("1.0/auditLog", { body: "{}" })),
      identity: await attempt(() => call("1.0/getUserIdentity", { requestId: "" })),
      uploadUrl: typeof (await call("1.0/storageGenerateUploadUrl", {
        version: VERSION,
      })),
    };
  },
});

/** Operations that nobody knows. */
export const unknown = queryGeneric({
  args: {},
  handler: async () => ({
    sync: await attempt(() => callSync("1.0/nothing", {})),
    async: await attempt(() => call("1.0/nothing", {})),
    writeInQuery: await attempt(() => call("1.0/insert", { table: "items", value: {} })),
  }),
});

/** What an action may ask for, and what only transactions may. */
export const ofAction = actionGeneric({
  args: {},
  handler: async () => ({
    get: await attempt(() => call("1.0/get", { id: "x", isSystem: false })),
    insert: await attempt(() => call("1.0/insert", { table: "items", value: {} })),
    runUdf: await attempt(() =>
      call("1.0/runUdf", { udfType: "query", name: "values:returnNothing", args: {} }),
    ),
    snapshot: await attempt(() => callSync("1.0/getSnapshotTs", {})),
    query: await call("1.0/actions/query", {
      name: "values:echoQuery",
      args: { value: 1 },
      version: VERSION,
      requestId: "",
    }),
  }),
});
