/**
 * `WeakRef` and `FinalizationRegistry` that tell nothing of garbage collection, as on the
 * platform: when it runs would be no function of the seed.
 */

/** Keeps its target for good. */
export class StrongRef {
  readonly #target: WeakKey;

  constructor(target: WeakKey) {
    this.#target = target;
  }

  deref(): WeakKey {
    return this.#target;
  }
}

/** Never calls back. */
export class SilentRegistry {
  register(): void {}

  unregister(): void {}
}
