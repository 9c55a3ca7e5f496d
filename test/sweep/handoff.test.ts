/** Handoffs, of which any may be the last thing that an executor does. */
import { handoff } from "./scenarios/handoff.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(handoff);
