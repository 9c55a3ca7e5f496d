// @vitest-environment node
/** The faithful profile: the platform's rules, with conflicts and permits. */
import { testConformance } from "./suite.js";
import { faithfulTarget } from "./targets/faithful.js";

testConformance(faithfulTarget);
