/** Deaths, whoever notices them, while those who clear up may die too. */
import { takeover } from "./scenarios/takeover.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(takeover);
