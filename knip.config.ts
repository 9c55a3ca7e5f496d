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
    // Functions that the conformance cases call by name.
    "test/conformance/{app,components}/**/*.ts",
  ],
  ignoreDependencies: [
    // Installed with vitest; src/test.ts names its types, as an app with vitest has them.
    "vite",
  ],
};

export default config;
