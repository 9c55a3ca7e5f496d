/** Poison: whoever crashes beside it, the culprit alone is failed. */
import { poison } from "./scenarios/poison.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(poison);
