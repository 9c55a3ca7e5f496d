/** Children on two seats: parents are told once, whoever crashes. */
import { children } from "./scenarios/children.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(children);
