/** Cancel and restart of all: nobody is left out, whoever crashes. */
import { bulk } from "./scenarios/bulk.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(bulk);
