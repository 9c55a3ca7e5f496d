/**
 * Unhandled rejections end the function whose promise it was (PLATFORM.md section 5).
 *
 * Owns the process's `unhandledRejection` event while functions run: those of simulated
 * functions are theirs, all others go to whoever listened before, or end the process as Node
 * would. Node tells in which asynchronous context the promise was made.
 */
import { currentSyscalls } from "../syscalls/abi.js";
import { failureOf, FunctionFailure } from "./failure.js";
import type { Frame } from "./frame.js";

type Listener = (reason: unknown, promise: Promise<unknown>) => void;

const EVENT = "unhandledRejection";
let isInstalled = false;

/** Takes the event over, once for the process. */
export function installRejections(): void {
  if (isInstalled) return;
  isInstalled = true;
  const others = process.listeners(EVENT) as Listener[];
  process.removeAllListeners(EVENT);
  process.on(EVENT, (reason, promise) => {
    const frame = currentFrame();
    if (frame) endFrame(frame, reason);
    else if (others.length > 0) for (const other of others) other(reason, promise);
    else if (process.listenerCount(EVENT) === 1) throw reason;
  });
}

/** The function whose code runs now; its syscalls know it. */
function currentFrame(): Frame | null {
  const table = currentSyscalls() as { frame?: Frame } | undefined;
  return table?.frame ?? null;
}

/** Uncatchable: neither the function nor, in a transaction, its callers go on. */
function endFrame(frame: Frame, reason: unknown): void {
  // What a function left behind when it ended is nobody's; its caller may well go on.
  if (frame.isEnded) return;
  const { message, data } = failureOf(reason, frame.fn.path.udfPath);
  const failure = new FunctionFailure(
    "fatal",
    message,
    "UnhandledPromiseRejection",
    data,
  );
  (frame.top ?? frame).end(failure);
}
