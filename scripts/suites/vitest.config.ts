/**
 * `npm run check:suites`: the suites that published components bring in their packages, with
 * `convex-test` being sim/convexTest.ts. They need no network and are not ours: each passes
 * on convex-test, so each has to pass here.
 *
 * `SUITES_ON=convex-test` runs them on convex-test itself, to see whose fault a failure is.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const PACKAGES = ["aggregate", "batch-worker", "rate-limiter", "workflow", "workpool"];

/** Suites that import what their package installs for its own development only. */
const UNINSTALLED = ["aggregate/src/component/btree.test.ts"];

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const COMPAT = fileURLToPath(new URL("../../sim/convexTest.ts", import.meta.url));
const isBaseline = process.env.SUITES_ON === "convex-test";

/** A suite that reaches into its own package's node_modules finds those of this project. */
const hoistedModules = {
  name: "hoisted-modules",
  enforce: "pre" as const,
  transform: (code: string, id: string) =>
    id.includes("/node_modules/@convex-dev/")
      ? code.replaceAll('"../../node_modules/', '"/node_modules/')
      : undefined,
};

export default defineConfig({
  root: ROOT,
  plugins: [hoistedModules],
  resolve: { alias: isBaseline ? [] : [{ find: /^convex-test$/, replacement: COMPAT }] },
  test: {
    reporters: ["./scripts/vitest/closingLineReporter.ts"],
    environment: "edge-runtime",
    include: PACKAGES.map((name) => `node_modules/@convex-dev/${name}/src/**/*.test.ts`),
    // What is in node_modules is excluded unless something else is.
    exclude: ["**/react/**", ...UNINSTALLED.map((path) => `**/${path}`)],
    silent: "passed-only",
    testTimeout: 60_000,
    server: { deps: { inline: ["convex-test", /@convex-dev/] } },
  },
});
