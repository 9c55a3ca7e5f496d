/**
 * The world of one workflow's handler: what it may see of time, chance and the console.
 *
 * Owns the shape and the seeding. The engine sets `nowMs` and `isReplaying` between turns;
 * nothing else may write to a world. A replay gets a new world from the same seed, so that
 * it draws the same numbers from the start.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

import { CONSOLE_LINES_PER_WORKFLOW_MAX } from "../../../shared/constants.js";

/** The console methods a handler's output is sorted into. */
export type ConsoleLevel = "debug" | "error" | "info" | "log" | "trace" | "warn";

export interface SandboxWorld {
  /** The recorded time of the settlement that caused this turn; the engine sets it. */
  nowMs: number;
  /** True while the journal is fed back; such a handler prints nothing. */
  isReplaying: boolean;
  /** Console lines left to this workflow in this executor. */
  linesLeft: number;
  /** Whether the one notice that no lines are left has been printed. */
  isConsoleExhausted: boolean;
  readonly seed: string;
  readonly random: RandomGenerator;
  /** Prints a line of the handler; called outside the sandbox. */
  readonly log: (level: ConsoleLevel, args: readonly unknown[]) => void;
}

export interface SandboxWorldOptions {
  nowMs: number;
  /** Identifies the generation. Must not be guessable, as `randomUUID` follows from it. */
  seed: string;
  log: SandboxWorld["log"];
  /** @defaultValue false */
  isReplaying?: boolean;
  /** @defaultValue CONSOLE_LINES_PER_WORKFLOW_MAX */
  linesLeft?: number;
}

/** Creates the world of one workflow for one stay in memory. */
export function createSandboxWorld(options: SandboxWorldOptions): SandboxWorld {
  return {
    nowMs: options.nowMs,
    isReplaying: options.isReplaying ?? false,
    linesLeft: options.linesLeft ?? CONSOLE_LINES_PER_WORKFLOW_MAX,
    isConsoleExhausted: false,
    seed: options.seed,
    random: createRandomGenerator(options.seed),
    log: options.log,
  };
}

/**
 * The whole 128-bit state comes from a cryptographic hash: the generator's own seeding
 * takes 32 bits, of which two among a hundred thousand workflows would share one.
 */
function createRandomGenerator(seed: string): RandomGenerator {
  const digest = sha256(utf8ToBytes(seed));
  const words = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
  return xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => words.getInt32(offset)));
}
