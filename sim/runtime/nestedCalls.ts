/**
 * Calls inside a transaction: sub-transactions, nested queries, snapshot queries.
 *
 * Owns what a nested call may see and undo: its writes, schedules included, are undone when
 * it throws, its reads are not (PLATFORM.md section 4).
 */
import type { JSONValue } from "convex/values";
import { CALL_DEPTH_MAX } from "../constants/runtime.js";
import { faithfulDatabase } from "../database/platform.js";
import { DatabaseSession } from "../database/session.js";
import type { Namespace } from "../store/store.js";
import { Usage } from "../usage/usage.js";
import { resolveAddress, type Address } from "./addresses.js";
import type { CallableFunction } from "./code.js";
import { FunctionFailure, userFailure } from "./failure.js";
import { Frame } from "./frame.js";
import { transactionScope } from "./frameScopes.js";
import { findTarget, requireKind } from "./refusals.js";
import type { Services } from "./services.js";
import type { SyscallTable } from "../syscalls/abi.js";
import type { TransactionRun, View } from "./transactionRun.js";
import { checkArguments, checkReturns } from "./validation.js";

/** What `runUdf` carries. */
export interface NestedCall extends Address {
  readonly udfType: "query" | "mutation" | "snapshotQuery";
  readonly args: JSONValue;
  readonly transactionLimits?: Record<string, number>;
}

interface Caller {
  readonly frame: Frame;
  readonly depth: number;
  readonly view: View;
}

/** The syscalls of one frame, and their end. */
export interface FrameSyscalls extends SyscallTable {
  readonly frame: Frame;
  drained(): Promise<void>;
}

export type OpenSyscalls = (
  view: View,
  frame: Frame,
  session: DatabaseSession,
  depth: number,
) => FrameSyscalls;

/** Runs a nested call and resolves to what it returned, as JSON. */
export async function runNested(
  services: Services,
  run: TransactionRun,
  caller: Caller,
  call: NestedCall,
  open: OpenSyscalls,
): Promise<string> {
  const fn = findCallee(services, run, caller, call);
  const namespace = services.store.namespace(fn.path.component)!;
  const args = JSON.stringify(call.args);
  checkArguments(services, fn, args);
  requireDepth(caller);
  const isSnapshot = call.udfType === "snapshotQuery";
  const view = isSnapshot ? snapshotOf(services, caller.view) : caller.view;
  const frame = new Frame(fn, caller.frame.request, caller.frame.top ?? caller.frame);
  frame.endWith(caller.frame);
  const syscalls = open(
    view,
    frame,
    openSession(services, namespace, fn, view),
    caller.depth + 1,
  );
  services.metrics.call(frame.label);
  try {
    return await undoOnError(view, call, isSnapshot, async () => {
      const returned = await runFrame(services, run, syscalls, fn, args);
      checkReturns(services, fn, returned);
      return returned;
    });
  } finally {
    // What others read is counted with the transaction; a snapshot's budget is its own.
    const { documentsRead, bytesRead } = view.usage.used;
    if (isSnapshot) services.metrics.read(frame.label, documentsRead, bytesRead);
  }
}

/** Runs a function's code with its syscalls to the very end. */
export async function runFrame(
  services: Services,
  run: TransactionRun,
  syscalls: FrameSyscalls,
  fn: CallableFunction,
  args: string,
): Promise<string> {
  const { frame } = syscalls;
  const { registered } = fn;
  try {
    const returned = await frame.run(
      syscalls,
      transactionScope(services, run, frame),
      () =>
        fn.kind === "query"
          ? registered.invokeQuery(`[${args}]`)
          : registered.invokeMutation(`[${args}]`),
      () => syscalls.drained(),
    );
    return returned;
  } finally {
    frame.end();
  }
}

/** The database as a function of this component sees it. */
export function openSession(
  { store }: Services,
  namespace: Namespace,
  fn: Pick<CallableFunction, "kind">,
  { tx: transaction, usage }: View,
): DatabaseSession {
  return new DatabaseSession({
    namespace,
    transaction,
    usage,
    ids: store.ids,
    profile: faithfulDatabase,
    isWritable: fn.kind === "mutation",
  });
}

function findCallee(
  { handles }: Services,
  run: TransactionRun,
  caller: Caller,
  call: NestedCall,
): CallableFunction {
  const target = resolveAddress(call, caller.frame.component, handles);
  requireNesting(caller, call);
  const fn = findTarget(run.code, target);
  requireKind(fn, call.udfType === "mutation" ? "mutation" : "query");
  return fn;
}

/** `run_udf` in crates/isolate/src/environment/udf/async_syscall.rs at 94a42c3d. */
function requireNesting({ frame }: Caller, { udfType }: NestedCall): void {
  if (frame.fn.kind !== "query" || udfType === "query") return;
  const called = udfType === "mutation" ? "Mutation" : "SnapshotQuery";
  throw userFailure(`Cannot call a ${called} function from a Query function`);
}

function requireDepth({ depth }: Caller): void {
  if (depth < CALL_DEPTH_MAX) return;
  throw userFailure(
    "Cross component call depth limit exceeded. Do you have an infinite loop in your app?",
  );
}

/** What was committed when the transaction began, with a budget of its own. */
function snapshotOf(services: Services, { tx }: View): View {
  const usage = new Usage({ limits: services.limits.transaction });
  return { tx: tx.snapshotView(), usage, nested: [] };
}

async function undoOnError(
  { tx, usage, nested }: View,
  call: NestedCall,
  isSnapshot: boolean,
  body: () => Promise<string>,
): Promise<string> {
  if (isSnapshot) return await body().finally(() => tx.release());
  const level = {};
  nested.push(level);
  tx.beginNested();
  usage.beginNested(call.transactionLimits);
  try {
    const result = await body();
    nested.pop();
    tx.commitNested();
    usage.commitNested();
    return result;
  } catch (error) {
    const isOver = error instanceof FunctionFailure && error.kind !== "user";
    // A call that it left behind may still be in there, and goes first. That one's own turn
    // comes later and finds its level gone.
    while (!isOver && nested.includes(level)) {
      nested.pop();
      tx.rollbackNested();
      usage.rollbackNested();
    }
    throw error;
  }
}
