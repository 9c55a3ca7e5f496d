// @vitest-environment node
/** The compat profile: it differs from the platform as convex-test does, and nowhere else. */
import { convexTest } from "../../sim/convexTest.js";
import { testConformance } from "./suite.js";
import { createConvexTestTarget } from "./targets/convexTest.js";

testConformance(createConvexTestTarget("compat", convexTest));
