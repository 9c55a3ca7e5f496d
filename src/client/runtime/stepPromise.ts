/**
 * The promise that a step gives to its handler.
 *
 * Owns one fact more than a promise: whether anybody ever waited for it. `await` and
 * `Promise.race` both call `then`, because a promise of another constructor than `Promise`
 * is treated as a thenable. A handler that returns while a step nobody waited for is
 * running has forgotten an `await`; one whose step merely lost a race has not.
 */
import type { Value } from "convex/values";

export class StepPromise extends Promise<Value> {
  wasAwaited = false;

  /** Promises derived from this one are ordinary. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  override then<A = Value, B = never>(
    onFulfilled?: ((value: Value) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.wasAwaited = true;
    return super.then(onFulfilled, onRejected);
  }
}

/** Makes a step's promise with its two ends. A rejection nobody handles kills nothing (P14). */
export function createStepPromise(): {
  promise: StepPromise;
  resolve: (value: Value) => void;
  reject: (error: Error) => void;
} {
  let resolve!: (value: Value) => void;
  let reject!: (error: Error) => void;
  const promise = new StepPromise((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  void Promise.prototype.then.call(promise, undefined, () => undefined);
  return { promise, resolve, reject };
}
