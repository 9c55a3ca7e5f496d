// @vitest-environment node
/** The faithful profile: it has no exceptions. */
import { testConformance } from "./suite.js";
import { faithfulTarget } from "./targets/faithful.js";

testConformance(faithfulTarget);
