/** Pausing and resuming a definition: whoever crashes, all of it goes on afterwards. */
import { pause } from "./scenarios/pause.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(pause);
