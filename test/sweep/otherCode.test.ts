/** Code that lacks a definition, and code that has it again: nothing is lost. */
import { otherCode } from "./scenarios/otherCode.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(otherCode);
