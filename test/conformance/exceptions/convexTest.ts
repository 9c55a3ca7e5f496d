/** Differences of convex-test from the platform. */
import type { Exception } from "../exceptions.js";
export const convexTestExceptions: Record<string, Exception> = {};
