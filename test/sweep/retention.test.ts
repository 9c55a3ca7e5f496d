/** Deletion after a while: all of a workflow goes, and nothing of its neighbors. */
import { retention } from "./scenarios/retention.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(retention);
