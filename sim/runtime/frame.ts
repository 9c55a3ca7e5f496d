/**
 * One running function, from its first line to its end.
 *
 * Owns whether it still runs: JavaScript cannot be stopped from outside, so a function that
 * is dead keeps its closures but reaches nothing any more: no syscall of it is answered and
 * no timer fires. Everything that a frame starts in the backend is bound to it.
 */
import type { FunctionPath } from "./functionPath.js";
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { runWithGlobals, type GlobalScope } from "../globals/globals.js";
import { runWithSyscalls, type SyscallTable } from "../syscalls/abi.js";
import type { CallableFunction } from "./code.js";
import { failureOf } from "./failure.js";
import { Lifetime } from "./lifetime.js";
import type { RequestContext } from "./request.js";

const runInRoot = AsyncLocalStorage.snapshot();

/**
 * The context of the module itself: a function sees no AsyncLocalStorage of its caller. Each
 * gets a resource of its own, or what one enters (`enterWith`) would be seen by all others.
 */
function runInFreshContext(run: () => void): void {
  runInRoot(() => new AsyncResource("ConvexFunction").runInAsyncScope(run));
}

export class Frame extends Lifetime {
  readonly #label: string;

  constructor(
    readonly fn: Pick<CallableFunction, "path" | "kind" | "visibility">,
    readonly request: RequestContext,
    /** The function whose transaction this one is part of. */
    readonly top: Frame | null = null,
  ) {
    super();
    this.#label = labelOf(fn.path);
  }

  /** For traces and metrics: the component's path and the function's. */
  override get label(): string {
    return this.#label;
  }

  /** The component whose tables, children and scheduler it sees. */
  get component(): string {
    return this.fn.path.component;
  }

  /**
   * Runs its code in a context of its own, and then what is still to be done before it is
   * through. Rejects with what its caller shall learn; at once when the frame ends.
   */
  run(
    table: SyscallTable,
    scope: GlobalScope,
    code: () => Promise<string>,
    finish: () => Promise<void>,
  ): Promise<string> {
    return new Promise<string>((resolve, reject) => {
      this.onEnd(reject);
      if (this.isEnded) return;
      runInFreshContext(() => {
        runWithSyscalls(table, () => runWithGlobals(scope, code)).then(
          (returned) => void finish().then(() => resolve(returned)),
          (thrown: unknown) => reject(failureOf(thrown, this.fn.path.udfPath)),
        );
      });
    });
  }
}

/** How traces and metrics name a function. */
export function labelOf({ component, udfPath }: FunctionPath): string {
  return component === "" ? udfPath : `${component}/${udfPath}`;
}
