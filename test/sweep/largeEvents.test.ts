/** Events that wait for a transaction with room, which may be lost as any other. */
import { largeEvents } from "./scenarios/largeEvents.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(largeEvents);
