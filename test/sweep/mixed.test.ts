/** Steps of every local kind, on two executors that crash and whose calls fail. */
import { mixed } from "./scenarios/mixed.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(mixed);
