/**
 * One running function, from its first line to its end.
 *
 * Owns whether it still runs: JavaScript cannot be stopped from outside, so a function that
 * is dead keeps its closures but reaches nothing any more: no syscall of it is answered and
 * no timer fires. Everything that a frame starts in the backend is bound to it.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { runWithGlobals, type GlobalScope } from "../globals/globals.js";
import { runWithSyscalls, type SyscallTable } from "../syscalls/abi.js";
import type { CallableFunction, FunctionPath } from "./code.js";
import { failureOf, FunctionFailure } from "./failure.js";
import type { RequestContext } from "./request.js";

/** The context of the module itself: a function sees no AsyncLocalStorage of its caller. */
const runInRoot = AsyncLocalStorage.snapshot();

export class Frame {
  #isEnded = false;
  readonly #endings: ((failure: FunctionFailure) => void)[] = [];

  constructor(
    readonly fn: Pick<CallableFunction, "path" | "kind" | "visibility">,
    readonly request: RequestContext,
    /** The function whose transaction this one is part of. */
    readonly top: Frame | null = null,
  ) {}

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The component whose tables, children and scheduler it sees. */
  get component(): string {
    return this.fn.path.component;
  }

  /** For traces and metrics: the component's path and the function's. */
  get label(): string {
    return labelOf(this.fn.path);
  }

  /** Does something when the frame ends, at once if it has ended. */
  onEnd(listener: (failure: FunctionFailure) => void): void {
    if (this.#isEnded) listener(ENDED);
    else this.#endings.push(listener);
  }

  /** Ends it: with a failure it was killed, without one it returned or threw. */
  end(failure: FunctionFailure = ENDED): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const listener of this.#endings.splice(0)) listener(failure);
  }

  /** Runs its code in a context of its own. Rejects with what its caller shall learn. */
  async run(
    table: SyscallTable,
    scope: GlobalScope,
    code: () => Promise<string>,
  ): Promise<string> {
    return await new Promise<string>((resolve, reject) => {
      this.onEnd(reject);
      void runInRoot(() =>
        runWithSyscalls(table, () =>
          runWithGlobals(scope, code).then(resolve, (thrown: unknown) =>
            reject(failureOf(thrown, this.fn.path.udfPath)),
          ),
        ),
      );
    });
  }
}

/** How traces and metrics name a function. */
export function labelOf({ component, udfPath }: FunctionPath): string {
  return component === "" ? udfPath : `${component}/${udfPath}`;
}

const ENDED = new FunctionFailure("user", "The function has ended.", "ended");
