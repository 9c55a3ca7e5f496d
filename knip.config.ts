/**
 * Unused files, exports and dependencies. Entry points are found by themselves, apart from
 * those below: the package's scripts, vitest's tests and Convex modules (by the generated
 * api).
 *
 * An entry of the lists below that is no longer needed fails the check.
 */
import type { KnipConfig } from "knip";

const config: KnipConfig = {
  entry: [
    // What package.json exports as "."; it names the built file.
    "src/client/index.ts",
    // The simulated API as a library, for programs beside it.
    "bench/haiku/index.ts",
    // Stands in for convex-test: its exports are those of that package.
    "sim/convexTest.ts",
    // Functions that the conformance cases call by name.
    "test/conformance/{app,components}/**/*.ts",
  ],
  ignoreDependencies: [
    // A part of workpool: what is tested and shown is the one that workpool brings.
    "@convex-dev/batch-worker",
    // Installed with vitest; src/test.ts names its types, as an app with vitest has them.
    "vite",
  ],
};

export default config;
