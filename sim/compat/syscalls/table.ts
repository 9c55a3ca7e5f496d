/**
 * The syscalls of the compat profile, by name: the only place that knows them all.
 *
 * An operation that is answered at once returns its text, the others a promise of it; each
 * takes as many turns of the microtask queue as in convex-test.
 */
import type { SyscallTable } from "../../syscalls/abi.js";
import {
  callFromAction,
  cancelJob,
  cancelJobFromAction,
  createFunctionHandle,
  runUdf,
  schedule,
  scheduleFromAction,
} from "./calls.js";
import { currentDatabase, type SyscallArgs } from "./context.js";
import { queryPage } from "./queryPage.js";
import {
  getDeploymentMetadata,
  getFunctionMetadata,
  getRequestMetadata,
  getSnapshotTs,
  getTransactionMetrics,
} from "./metadata.js";
import { deleteFile, fileUrl, getBlob, storeBlob, uploadUrl } from "./storage.js";

type Operation<Result> = (args: SyscallArgs, jsonArgs: string) => Result;
type Operations<Result> = Readonly<Record<string, Operation<Result>>>;

const SYNC: Operations<string> = {
  "1.0/getSnapshotTs": getSnapshotTs,
  "1.0/queryStream": (args) => currentDatabase().sync("queryStream", args),
  "1.0/queryCleanup": (args) => currentDatabase().sync("queryCleanup", args),
  "1.0/db/normalizeId": (args) => currentDatabase().sync("db/normalizeId", args),
};

const ASYNC: Operations<string | Promise<string>> = {
  "1.0/get": reading("get"),
  "1.0/queryStreamNext": reading("queryStreamNext"),
  "1.0/queryPage": queryPage,
  "1.0/insert": writing("insert"),
  "1.0/shallowMerge": writing("shallowMerge"),
  "1.0/replace": writing("replace"),
  "1.0/remove": writing("remove"),
  "1.0/count": reading("count"),
  "1.0/getTransactionMetrics": getTransactionMetrics,
  "1.0/getFunctionMetadata": getFunctionMetadata,
  "1.0/getRequestMetadata": getRequestMetadata,
  "1.0/getDeploymentMetadata": getDeploymentMetadata,
  "1.0/actions/query": (args) => callFromAction("query", args),
  "1.0/actions/mutation": (args) => callFromAction("mutation", args),
  "1.0/actions/action": (args) => callFromAction("action", args),
  "1.0/runUdf": runUdf,
  "1.0/createFunctionHandle": createFunctionHandle,
  "1.0/schedule": schedule,
  "1.0/cancel_job": cancelJob,
  "1.0/actions/schedule": (_args, jsonArgs) => scheduleFromAction(jsonArgs),
  "1.0/actions/cancel_job": (_args, jsonArgs) => cancelJobFromAction(jsonArgs),
  "1.0/actions/vectorSearch": reading("actions/vectorSearch"),
  "1.0/storageDelete": deleteFile,
  "1.0/storageGetUrl": fileUrl,
  "1.0/storageGenerateUploadUrl": uploadUrl,
  "1.0/auditLog": () => "null",
};

const JS: Operations<unknown> = {
  "storage/storeBlob": storeBlob,
  "storage/getBlob": getBlob,
};

export const syscallTable: SyscallTable = {
  syscall(op, jsonArgs) {
    return find(SYNC, "syscall", op)(parse(jsonArgs), jsonArgs);
  },
  asyncSyscall(op, jsonArgs) {
    return settle(() => find(ASYNC, "async syscall", op)(parse(jsonArgs), jsonArgs));
  },
  jsSyscall(op, args) {
    return settle(() => find(JS, "js syscall", op)(args, ""));
  },
};

/** The promise of an operation as it is, so that nothing waits for it once more. */
function settle<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    const result = run();
    return result instanceof Promise ? result : Promise.resolve(result);
  } catch (error) {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as thrown
    return Promise.reject(error);
  }
}

function find<Result>(
  operations: Operations<Result>,
  kind: string,
  op: string,
): Operation<Result> {
  const operation = operations[op];
  if (operation === undefined) {
    throw new Error(`\`convexTest\` does not support ${kind}: "${op}"`);
  }
  return operation;
}

function parse(jsonArgs: string): SyscallArgs {
  return JSON.parse(jsonArgs) as SyscallArgs;
}

function reading(op: string): Operation<string> {
  return (args) => currentDatabase().read(op, args);
}

function writing(op: string): Operation<string> {
  return (args) => currentDatabase().write(op, args);
}
