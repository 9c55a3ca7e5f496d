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
    const derived = super.then(onFulfilled, onRejected);
    handle(derived);
    return derived;
  }
}

/**
 * Marks a rejection as handled, whoever else looks at it: one that nobody handles would end
 * the executor and all that it runs (P14). What follows from a step is seen here; promises
 * that a handler makes of its own accord are not.
 */
function handle(promise: Promise<unknown>): void {
  void Promise.prototype.then.call(promise, undefined, () => undefined);
}

/** Makes a step's promise with its two ends. */
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
  handle(promise);
  return { promise, resolve, reject };
}
