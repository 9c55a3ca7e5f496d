/**
 * Code that runs in Convex is tested in an edge runtime, whose globals are nearer to
 * Convex's than Node's are; programs and the house rules run in Node. Some suites run a
 * second time (project "concurrent"), where transactions take time and conflict.
 *
 * `convex-executor` resolves to the source by `paths` of tsconfig.json, as everywhere.
 */
import { defineConfig } from "vitest/config";

const NODE_TESTS = [
  "bench",
  "demo",
  "scripts",
  "sim",
  "test/chaos",
  "test/conformance",
  "test/memory",
  "test/promises",
  "test/sweep",
  "test/tidy",
].map((directory) => `${directory}/**/*.test.ts`);

/** Suites about what may go wrong: few of their times depend on how long a transaction takes. */
const CONCURRENT_TESTS = [
  "concurrent/**/*",
  "children",
  "commits",
  "everyCall/**/*",
  "handoff",
  "operatorsAnytime",
  "property/replay",
  "recovery",
  "signals",
  "states",
  "steps",
  "timerRaces",
  "timers",
  "trouble",
].map((name) => `test/${name}.test.ts`);

/** convex-test finds modules with import.meta.glob, which only works inlined. */
const EDGE = {
  environment: "edge-runtime",
  server: { deps: { inline: ["convex-test"] } },
};

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    reporters: ["./scripts/vitest/closingLineReporter.ts"],
    // Tests count work and never time it; a busy machine must not fail one. This ends a hang.
    testTimeout: 60_000,
    // By default one core is left idle, which on two is half of them.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "convex",
          ...EDGE,
          include: ["src", "example", "test"].map((name) => `${name}/**/*.test.ts`),
          exclude: [...NODE_TESTS, "test/concurrent/**"],
        },
      },
      {
        extends: true,
        test: {
          name: "concurrent",
          ...EDGE,
          include: CONCURRENT_TESTS,
          env: { TEST_PLATFORM: "concurrent" },
        },
      },
      { extends: true, test: { name: "node", environment: "node", include: NODE_TESTS } },
    ],
  },
});
