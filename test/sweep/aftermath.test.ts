/** Trouble upon trouble: whoever clears up after a death may die of it. */
import { aftermath } from "./scenarios/aftermath.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(aftermath);
