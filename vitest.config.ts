/**
 * Two projects: code that runs in Convex is tested in an edge runtime, whose globals are
 * nearer to Convex's than Node's are; programs and the house rules run in Node.
 *
 * `convex-executor` resolves to the source by `paths` of tsconfig.json, as everywhere.
 */
import { defineConfig } from "vitest/config";

const NODE_TESTS = [
  "bench",
  "demo",
  "scripts",
  "sim",
  "test/conformance",
  "test/sweep",
  "test/tidy",
].map((directory) => `${directory}/**/*.test.ts`);

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    reporters: ["./scripts/vitest/closingLineReporter.ts"],
    // Tests count work and never time it; a busy machine must not fail one. This ends a hang.
    testTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "convex",
          environment: "edge-runtime",
          include: ["src", "example", "test"].map((name) => `${name}/**/*.test.ts`),
          exclude: NODE_TESTS,
          // convex-test finds modules with import.meta.glob, which only works inlined.
          server: { deps: { inline: ["convex-test"] } },
        },
      },
      { extends: true, test: { name: "node", environment: "node", include: NODE_TESTS } },
    ],
  },
});
