/** Ends of workflows with isolated steps: late answers find nobody. */
import { isolatedEnds } from "./scenarios/isolatedEnds.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(isolatedEnds);
