/**
 * Those who wait in a clock's `drive`, and when they may go. Knows nothing of events.
 *
 * D1. A driver is settled once and then forgotten.
 */
import type { DriveEnd, DriveOptions } from "./clock.js";

interface Driver {
  readonly condition: (() => boolean) | null;
  /** Infinity: no limit. */
  readonly to: number;
  /** Nothing is waited for but the limit, so an idle clock moves on to it. */
  readonly isForLimit: boolean;
  readonly resolve: (end: DriveEnd) => void;
  readonly reject: (error: unknown) => void;
}

export class Drivers {
  readonly #all = new Set<Driver>();
  /** Those to look at after each event; a driver that waits for a promise is not. */
  readonly #polled = new Set<Driver>();

  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  add({ until, to = Infinity }: DriveOptions): Promise<DriveEnd> {
    if (Number.isNaN(to)) throw new RangeError("drive: `to` is not a number");
    if (typeof until === "function" && until()) return Promise.resolve("until");
    return new Promise((resolve, reject) => {
      const condition = typeof until === "function" ? until : null;
      const isForLimit = until === undefined && to !== Infinity;
      const driver: Driver = { condition, to, isForLimit, resolve, reject };
      this.#all.add(driver);
      if (condition !== null || to !== Infinity) this.#polled.add(driver);
      if (until === undefined || typeof until === "function") return;
      const settle = (): void => this.#settle(driver, "until");
      until.then(settle, settle);
    });
  }

  /** Lets those go whose condition holds; tells whether there were any. */
  checkConditions(): boolean {
    const sizeBefore = this.#polled.size;
    for (const driver of this.#polled) {
      if (driver.condition?.()) this.#settle(driver, "until");
    }
    return this.#polled.size < sizeBefore;
  }

  /** The earliest limit; with `isIdle`, of those only that want to get there. */
  nextLimit(isIdle: boolean): number {
    let limit = Infinity;
    for (const driver of this.#polled) {
      if (driver.to < limit && (driver.isForLimit || !isIdle)) limit = driver.to;
    }
    return limit;
  }

  /** Lets those go whose limit has come. */
  reachLimit(time: number): void {
    for (const driver of this.#polled)
      if (driver.to <= time) this.#settle(driver, "time");
  }

  /** Lets everybody go, as nothing more will happen. */
  endIdle(): void {
    for (const driver of this.#all) this.#settle(driver, "idle");
  }

  /** Gives everybody the error of an event. */
  fail(error: unknown): void {
    for (const driver of this.#all) {
      this.#forget(driver);
      driver.reject(error);
    }
  }

  #settle(driver: Driver, end: DriveEnd): void {
    this.#forget(driver);
    driver.resolve(end);
  }

  #forget(driver: Driver): void {
    this.#all.delete(driver);
    this.#polled.delete(driver);
  }
}
