/** Events that come before and after their waiters, whoever was there to hear them. */
import { events } from "./scenarios/events.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(events);
