// @vitest-environment node
/** convex-test itself: what is no exception here, it has in common with the platform. */
import { convexTest } from "convex-test";

import { testConformance } from "./suite.js";
import { createConvexTestTarget } from "./targets/convexTest.js";

testConformance(createConvexTestTarget("convex-test", convexTest));
