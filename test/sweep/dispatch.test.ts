/** A fan-out that is dealt over seats: each step once, whoever crashes. */
import { dispatch } from "./scenarios/dispatch.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(dispatch);
