/**
 * The executor: one long-lived action that runs many workflows at once (D1).
 *
 * Owns the order in which its parts are called; they never call each other. Everything
 * asynchronous ends in a signal, and the loop then looks at everything once:
 *
 *   turns    deliver settlements, one per workflow and macrotask (P1)
 *   claim    open new workflows on free slots, and run their first turn
 *   start    start recorded steps on their slots (D11), past their gates (P15)
 *   cool     let go of what waits only for others (D5), or of more if memory is short (P14)
 *   flush    send the next commit, and what rides with it (D2)
 *   look     scan the queues, if no commit is to (P3)
 *   watch    see that the watchdog is there (P8)
 *   keep     fire the timers that are due (P6)
 *   trade    say what waits at gates, and learn what may pass (P15)
 *   advance  hand over, drain, retire (P5, P6)
 */
import { CONSOLE_LINES_PER_EXECUTOR_MAX } from "../../shared/constants.js";
import type { EntryArgs } from "../../shared/model.js";
import type { RuntimeOptions } from "../options.js";
import type { Registry } from "../registry.js";
import { Alarm } from "./alarm.js";
import { Backend } from "./backend.js";
import type { ActionCtx, ExecutorComponent } from "../types.js";
import { Cadence } from "./cadence.js";
import { Chronicler } from "./chronicler.js";
import { Claimer } from "./claimer.js";
import { Committer } from "./committer.js";
import { Cooler } from "./cooler.js";
import type { HotWorkflow } from "./hot.js";
import { GateBook } from "./gateBook.js";
import { Gates } from "./gates.js";
import { HotSet } from "./hotSet.js";
import { Housekeeper } from "./housekeeper.js";
import { Intake } from "./intake.js";
import { Life } from "./life.js";
import { Leaving } from "./pausing.js";
import { Revocations } from "./revocations.js";
import { Riders } from "./riders.js";
import { installSandbox, real } from "./sandbox.js";
import { Scanner } from "./scanner.js";
import { ScanPace } from "./scanPace.js";
import { Signal } from "./signal.js";
import { Starter } from "./starter.js";
import type { ExecutorState } from "./state.js";
import { TimerWheel } from "./timers.js";
import { Chronicle, describeWorkflow } from "./transitions.js";
import { Turns } from "./turns.js";
import { Watch } from "./watch.js";

/** Runs one executor until it has retired, left, or lost its seat. */
export async function runExecutor(
  ctx: ActionCtx,
  component: ExecutorComponent,
  self: EntryArgs,
  registry: Registry,
  options: RuntimeOptions,
): Promise<void> {
  installSandbox();
  const state = createState(ctx, component, self, registry, options);
  const chronicler = new Chronicler(state);
  const turns = new Turns(state);
  const leaving = new Leaving(state);
  const intake = new Intake(state);
  const pace = new ScanPace();
  const claimer = new Claimer(state, intake, pace);
  const scanner = new Scanner(state, intake, pace);
  const gates = new Gates(state);
  const revocations = new Revocations(state.hots);
  const riders = new Riders(scanner, gates, revocations);
  const committer = new Committer(state, riders, revocations);
  const starter = new Starter(state);
  const cooler = new Cooler(state);
  const housekeeper = new Housekeeper(state);
  const life = new Life(state, { intake, scanner, committer, housekeeper });
  const watch = new Watch(state);
  try {
    while (!life.isOver) {
      state.alarm.clear();
      await turns.run();
      state.hots.measure();
      leaving.giveBack();
      gates.openRound();
      starter.start(claimer.waiting);
      if (claimer.claim()) continue; // their first turns join this commit
      cooler.cool();
      cooler.relieve();
      gates.close();
      committer.flush();
      scanner.look();
      watch.look();
      gates.trade();
      housekeeper.keep();
      life.advance();
      chronicler.look();
      state.alarm.arm();
      if (!life.isOver) await state.signal.wait();
    }
  } finally {
    chronicler.close();
    state.timers.close();
  }
}

function createState(
  ctx: ActionCtx,
  component: ExecutorComponent,
  self: EntryArgs,
  registry: Registry,
  options: RuntimeOptions,
): ExecutorState {
  const now = real.now();
  const signal = new Signal();
  const clock = { wasSetBack: false };
  const timers = new TimerWheel(
    real,
    (error) => options.log("error", "[timers]", error),
    () => {
      clock.wasSetBack = true;
      signal.notify();
    },
  );
  const chronicle = new Chronicle(options, self, now);
  const onDrop = ({ identity }: HotWorkflow) =>
    chronicle.tell([describeWorkflow(identity, "workflow.lost", real.now())], real.now());
  return {
    backend: new Backend(ctx, component, self),
    registry,
    options,
    timers,
    clock,
    signal,
    alarm: new Alarm(timers, signal),
    startedAt: now,
    mode: "serving",
    hots: new HotSet(onDrop),
    gates: new GateBook(),
    passing: new Map(),
    chronicle,
    slots: 0,
    permits: { query: 1, mutation: 1, action: 1 },
    free: 0,
    lent: 0,
    crowded: 0,
    paused: new Set(),
    cadence: new Cadence(),
    running: 0,
    linesLeft: CONSOLE_LINES_PER_EXECUTOR_MAX,
    durationsMs: [],
    responses: [],
    localMax: Infinity,
    dueAt: now,
    agendaAt: now,
    watchAt: now,
    isOwed: false,
    hasNews: false,
    activeAt: now,
    isCareful: false,
    hotMax: null,
  };
}
