/**
 * The latency model: how long each operation of the platform takes, drawn from the seed.
 *
 * Owns the parameters' names and their draws. Who waits, and for what together, is the
 * runtime's business. No other part may make up a delay.
 */
import type { Random } from "../clock/random.js";
import {
  ACTION_CALL_MS,
  COMMIT_MS,
  FUNCTION_START_MS,
  LATENCY_SIGMA,
  NESTED_CALL_MS,
  READ_MS,
  READS_PER_BATCH_MAX,
  SCHEDULER_PICK_UP_MS,
  SYSCALL_MS,
  WRITE_MS,
} from "../constants/latency.js";

/** The parameters; each has its reason in `sim/constants/latency.ts`. */
export interface LatencyParameters {
  /** One batch of reads. */
  readonly readMs: number;
  /** Reads of one function that are done together. */
  readonly readsPerBatchMax: number;
  /** One write; writes are done one after the other. */
  readonly writeMs: number;
  /** Any other syscall. */
  readonly syscallMs: number;
  /** From the end of a mutation's code until its writes are visible. */
  readonly commitMs: number;
  /** From a permit to the first line of a function. */
  readonly functionStartMs: number;
  /** A nested call inside a transaction, beyond what the called function does. */
  readonly nestedCallMs: number;
  /** A call from an action, beyond what the called function does. */
  readonly actionCallMs: number;
  /** From when a job is due until the scheduler takes it. */
  readonly schedulerPickUpMs: number;
  /** Spread of all of them, as the sigma of a lognormal; 0 for none. */
  readonly sigma: number;
}

/** `"none"`: everything takes no time at all, for speed; else what differs from the defaults. */
export type LatencyOptions = "none" | Partial<LatencyParameters>;

export const LATENCY_DEFAULTS: LatencyParameters = {
  readMs: READ_MS,
  readsPerBatchMax: READS_PER_BATCH_MAX,
  writeMs: WRITE_MS,
  syscallMs: SYSCALL_MS,
  commitMs: COMMIT_MS,
  functionStartMs: FUNCTION_START_MS,
  nestedCallMs: NESTED_CALL_MS,
  actionCallMs: ACTION_CALL_MS,
  schedulerPickUpMs: SCHEDULER_PICK_UP_MS,
  sigma: LATENCY_SIGMA,
};

const NO_LATENCY: LatencyParameters = {
  readMs: 0,
  readsPerBatchMax: READS_PER_BATCH_MAX,
  writeMs: 0,
  syscallMs: 0,
  commitMs: 0,
  functionStartMs: 0,
  nestedCallMs: 0,
  actionCallMs: 0,
  schedulerPickUpMs: 0,
  sigma: 0,
};

/** Draws delays in milliseconds. A delay of 0 draws nothing. */
export class Latency {
  readonly parameters: LatencyParameters;
  readonly #random: Random;

  constructor(options: LatencyOptions, random: Random) {
    this.parameters =
      options === "none" ? NO_LATENCY : { ...LATENCY_DEFAULTS, ...options };
    for (const [name, value] of Object.entries(this.parameters)) {
      if (!(value >= 0)) throw new RangeError(`latency.${name} is ${value}`);
    }
    this.#random = random;
  }

  /** Whether nothing takes any time. */
  get isNone(): boolean {
    return this.parameters === NO_LATENCY;
  }

  get readBatchMax(): number {
    return this.parameters.readsPerBatchMax;
  }

  read(): number {
    return this.#draw(this.parameters.readMs);
  }

  write(): number {
    return this.#draw(this.parameters.writeMs);
  }

  syscall(): number {
    return this.#draw(this.parameters.syscallMs);
  }

  commit(): number {
    return this.#draw(this.parameters.commitMs);
  }

  start(): number {
    return this.#draw(this.parameters.functionStartMs);
  }

  nestedCall(): number {
    return this.#draw(this.parameters.nestedCallMs);
  }

  actionCall(): number {
    return this.#draw(this.parameters.actionCallMs);
  }

  pickUp(): number {
    return this.#draw(this.parameters.schedulerPickUpMs);
  }

  #draw(medianMs: number): number {
    return medianMs === 0 ? 0 : this.#random.lognormal(medianMs, this.parameters.sigma);
  }
}
