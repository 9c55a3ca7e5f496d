/**
 * One attempt at a top-level query or mutation, from its begin to its commit.
 *
 * Owns the life of a transaction: what happens to it on every way out. Permits, retries and
 * who asked are `calls.ts`.
 */
import type { CallableFunction } from "./code.js";
import { goneFailure } from "./failure.js";
import { Frame, labelOf } from "./frame.js";
import { openSession, runFrame } from "./nestedCalls.js";
import { resolvePlaceholders } from "./placeholders.js";
import type { Call, Services } from "./services.js";
import { TransactionRun } from "./transactionRun.js";
import { TransactionSyscalls } from "./transactionSyscalls.js";
import { checkArguments, checkReturns } from "./validation.js";

/** What else belongs to the transaction of an attempt: the scheduler's own rows. */
export interface Around {
  /** Before the function; false if there is nothing left to run. */
  before?(run: TransactionRun): boolean;
  /** After it returned, still in the transaction. */
  after?(run: TransactionRun): void;
}

/** Runs a query at a snapshot of now. */
export async function attemptQuery(services: Services, call: Call): Promise<string> {
  const fn = call.fn ?? services.code.function(call.path);
  const run = new TransactionRun(services);
  try {
    services.metrics.transaction(labelOf(fn.path), callerOf(call));
    return await runFunction(services, run, fn, call);
  } finally {
    run.tx.release();
  }
}

/** Runs a mutation and commits it. Resolves once the commit is visible; null if not run. */
export async function attemptMutation(
  services: Services,
  call: Call,
  around: Around = {},
): Promise<string | null> {
  const fn = call.fn ?? services.code.function(call.path);
  const run = new TransactionRun(services);
  try {
    if (around.before?.(run) === false) return null;
    const returned = await runFunction(services, run, fn, call);
    around.after?.(run);
    if (call.parent?.isEnded) throw goneFailure();
    services.metrics.transaction(labelOf(fn.path), callerOf(call));
    const ts = await services.committer.commit(run, labelOf(fn.path));
    return resolvePlaceholders(returned, ts);
  } finally {
    run.tx.release();
  }
}

/** Who began a transaction, for its accounts. */
function callerOf({ parent, request }: Call): string {
  if (parent) return parent.label;
  return request.job ? "scheduler" : "outside";
}

async function runFunction(
  services: Services,
  run: TransactionRun,
  fn: CallableFunction,
  call: Call,
): Promise<string> {
  const namespace = services.store.namespace(fn.path.component)!;
  checkArguments(services, fn, call.args);
  const frame = new Frame(fn, call.request);
  run.root = frame;
  services.live.add(frame);
  if (call.parent) frame.endWith(call.parent);
  services.metrics.call(frame.label);
  services.trace.add("call", frame.label, call.request.requestId);
  const session = openSession(services, namespace, fn, run);
  const syscalls = new TransactionSyscalls(services, run, run, frame, session, 0);
  try {
    const returned = await runFrame(services, run, syscalls, fn, call.args);
    checkReturns(services, fn, returned);
    return returned;
  } finally {
    const { documentsRead, bytesRead } = run.usage.used;
    services.metrics.read(frame.label, documentsRead, bytesRead);
  }
}
