/** Limits that change under those who wait, and under those who let them pass. */
import { gateLimits } from "./scenarios/gateLimits.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(gateLimits);
