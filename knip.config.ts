/**
 * Unused files, exports and dependencies. Entry points are found by themselves: the
 * package's exports, its scripts, vitest's tests and Convex modules (by the generated api).
 *
 * An entry of the list below that is no longer needed fails the check.
 */
import type { KnipConfig } from "knip";

const config: KnipConfig = {
  ignoreDependencies: [
    // Installed with vitest; src/test.ts names its types, as an app with vitest has them.
    "vite",
    // Chosen, and not imported yet.
    "@anthropic-ai/sdk",
    "@noble/hashes",
    "fast-check",
    "pure-rand",
  ],
};

export default config;
