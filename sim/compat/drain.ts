/**
 * Waiting for scheduled functions, with a clock that the suite moves.
 *
 * Owns the real `setTimeout` of before any clock was faked, to let the event loop turn.
 */
import { currentDeployment } from "./deployment.js";
import { runWithEnvironmentGlobals } from "./globals.js";
import type { Scheduler } from "./scheduler.js";

const realSetTimeout = globalThis.setTimeout.bind(globalThis);
const realClearTimeout = globalThis.clearTimeout.bind(globalThis);

/** Rounds of waiting until a suite is told that its functions schedule without end. */
const ROUNDS_DEFAULT = 100;

/**
 * Turns of the event loop in which a function whose real timer is overdue will have started.
 * One that has not by then is due later than this test ends, and is left alone.
 */
const IDLE_TURNS_MAX = 20;

export function finishInProgress(): Promise<void> {
  return currentDeployment().scheduler.finishRunning();
}

export async function finishAll(
  advanceTimers: () => void,
  maxIterations = ROUNDS_DEFAULT,
): Promise<void> {
  const { scheduler } = currentDeployment();
  const advance = guardedAdvance(advanceTimers);
  let idleTurns = 0;
  for (let round = 0; round < maxIterations; round += 1) {
    advance();
    if (scheduler.isRunning()) {
      idleTurns = 0;
      const pump = startPump(scheduler, advance);
      try {
        await pump.finished;
      } finally {
        pump.stop();
      }
    } else if (!scheduler.isWaiting() || idleTurns >= IDLE_TURNS_MAX) {
      return;
    } else {
      idleTurns += 1;
      await new Promise((resolve) => realSetTimeout(resolve, 0));
    }
  }
  throw new Error(
    "finishAllScheduledFunctions: too many iterations. " +
      "Check for infinitely recursive scheduled functions, " +
      "or increase maxIterations.",
  );
}

/** Moves the suite's clock, unless it is no longer the clock it was at the beginning. */
function guardedAdvance(advanceTimers: () => void): () => void {
  const clock = environmentSetTimeout();
  return () => {
    if (environmentSetTimeout() !== clock) {
      throw new Error(
        "finishAllScheduledFunctions: timers were restored or replaced " +
          "while waiting for scheduled functions.",
      );
    }
    advanceTimers();
  };
}

function environmentSetTimeout(): unknown {
  return runWithEnvironmentGlobals(() => globalThis.setTimeout);
}

/**
 * Moves the clock for as long as functions are running, because they may wait for timers of
 * their own.
 */
function startPump(
  scheduler: Scheduler,
  advance: () => void,
): { finished: Promise<void>; stop: () => void } {
  let timer: ReturnType<typeof realSetTimeout> | undefined;
  const finished = new Promise<void>((resolve, reject) => {
    const advanceAgain = () => {
      try {
        advance();
        timer = realSetTimeout(advanceAgain, 0);
      } catch (error) {
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as thrown
        reject(error);
      }
    };
    scheduler.finishRunning().then(resolve, reject);
    advanceAgain();
  });
  return {
    finished,
    stop: () => {
      realClearTimeout(timer);
    },
  };
}
