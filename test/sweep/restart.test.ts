/** A restart from a step, of a workflow that is hot, or was when its executor crashed. */
import { restart } from "./scenarios/restart.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(restart);
