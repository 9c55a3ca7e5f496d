/** Steps on the workpool, whose own actions crash like the executor's. */
import { isolated } from "./scenarios/isolated.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(isolated);
