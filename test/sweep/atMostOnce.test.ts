/** Steps at most once: whoever crashes, none starts twice. */
import { atMostOnce } from "./scenarios/atMostOnce.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(atMostOnce);
