/** Syscalls by which a function calls another, now or later. */
import { run as runAsMutation } from "../run.js";
import {
  mutationFromPath,
  queryFromPath,
  runAction,
  runMutation,
  runQuery,
  snapshotQueryFromPath,
} from "../calls.js";
import { currentComponentPath } from "../contexts.js";
import type { JSONValue } from "convex/values";
import {
  convexToJson,
  getConvexSize,
  jsonToConvex,
  makeFunctionReference,
} from "../convexPackage.js";
import { currentDeployment } from "../deployment.js";
import { formatHandle, pathOfAddress } from "../functions.js";
import { hasPendingValues } from "../pendingValues.js";
import { JOBS_TABLE, startTimer } from "../scheduling.js";
import type { TransactionLimits } from "../transactions.js";
import { currentCaller, currentDatabase, type SyscallArgs } from "./context.js";

const MS_PER_SECOND = 1000;

const CALL_OF_TYPE: Readonly<Record<string, typeof queryFromPath>> = {
  query: queryFromPath,
  snapshotQuery: snapshotQueryFromPath,
  mutation: mutationFromPath,
};

export async function callFromAction(
  type: "query" | "mutation" | "action",
  args: SyscallArgs,
): Promise<string> {
  const run = { query: runQuery, mutation: runMutation, action: runAction }[type];
  const reference = makeFunctionReference<typeof type>(args.name as string);
  return encode(await run(currentCaller(), reference, args.args));
}

export async function runUdf(args: SyscallArgs): Promise<string> {
  const functionArgs = jsonToConvex(args.args as JSONValue);
  const path = pathOfAddress(args);
  const type = args.udfType as string;
  const run = CALL_OF_TYPE[type];
  if (run === undefined) {
    throw new Error(`\`convexTest\` does not support udf type: "${type}"`);
  }
  const limits = args.transactionLimits as TransactionLimits | undefined;
  return encode(await run(currentCaller(), path, functionArgs, limits));
}

export function createFunctionHandle(args: SyscallArgs): string {
  return JSON.stringify(formatHandle(pathOfAddress(args)));
}

export function schedule(args: SyscallArgs): string {
  const path = pathOfAddress(args);
  const functionArgs = jsonToConvex(args.args as JSONValue);
  if (hasPendingValues(functionArgs)) {
    throw new Error(
      `Invalid arguments for "${path.udfPath}": a scheduled ` +
        "function cannot take an unresolved placeholder value.",
    );
  }
  const { transactions } = currentDeployment();
  transactions.currentUsage()?.recordSchedule(getConvexSize(functionArgs));
  const database = currentDatabase();
  const scheduledTime = (args.ts as number) * MS_PER_SECOND;
  const id = database.insert(JOBS_TABLE, {
    args: [functionArgs],
    name: path.udfPath,
    scheduledTime,
    state: { kind: "pending" },
  });
  const componentPath = currentComponentPath();
  const name = args.name as string | undefined;
  startTimer(
    { database, id, componentPath, path, args: functionArgs, name },
    scheduledTime,
  );
  return JSON.stringify(id);
}

/** An action has no transaction: it schedules in one of its own. */
export async function scheduleFromAction(jsonArgs: string): Promise<string> {
  const run = async () =>
    await currentDeployment().asyncSyscall("1.0/schedule", jsonArgs);
  return (await runAsMutation(currentCaller(), run)) as string;
}

export function cancelJob(args: SyscallArgs): string {
  // Whatever its state is: convex-test cancels a finished job, too.
  currentDatabase().patch(JOBS_TABLE, args.id as string, { state: { kind: "canceled" } });
  return "{}";
}

export async function cancelJobFromAction(jsonArgs: string): Promise<string> {
  await runAsMutation(currentCaller(), async () => {
    await currentDeployment().asyncSyscall("1.0/cancel_job", jsonArgs);
  });
  return "{}";
}

function encode(value: unknown): string {
  return JSON.stringify(convexToJson(value as never));
}
