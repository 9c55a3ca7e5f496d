/** Gates of whole workflows, and children that begin later. */
import { passes } from "./scenarios/passes.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(passes);
