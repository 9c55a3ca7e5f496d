/** Far waits: nobody is awake in between, and nothing is lost when whoever was there died. */
import { waits } from "./scenarios/waits.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(waits);
