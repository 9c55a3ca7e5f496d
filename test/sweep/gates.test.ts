/** A gate that executors share: whoever crashes, its places come back and nobody is lost. */
import { gates } from "./scenarios/gates.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(gates);
