/** Ends of workflows, and callbacks that run once each. */
import { ends } from "./scenarios/ends.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(ends);
