/**
 * Lint rules: type-checked, and the Convex plugin for code that runs in Convex.
 *
 * What a linter cannot say (layers, sizes, spelling, limits) is in test/tidy.
 */
import convexPlugin from "@convex-dev/eslint-plugin";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** Programs a person runs: they print. */
const PRINTING_FILES = ["scripts/**", "bench/**", "demo/**", "example/demo/**"];

export default defineConfig(
  { ignores: ["**/_generated/", "dist/", "coverage/", ".cache/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "no-console": "error",
      eqeqeq: "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/return-await": ["error", "error-handling-correctness-only"],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
      ],
      // Handlers and test doubles are async to fit an interface, not because they wait.
      "@typescript-eslint/require-await": "off",
    },
  },
  {
    files: ["src/component/**/*.ts", "example/convex/**/*.ts"],
    ignores: ["**/*.test.ts"],
    plugins: { "@convex-dev": convexPlugin },
    rules: {
      ...convexPlugin.configs.recommended[0].rules,
      "@convex-dev/import-wrong-runtime": "error",
      "@convex-dev/no-filter-in-query": "error",
      "@convex-dev/no-top-of-hour-crons": "error",
    },
  },
  {
    files: ["src/component/**/*.ts"],
    ignores: ["**/*.test.ts"],
    // An unbounded read is an unbounded read set: every insert would conflict with it.
    rules: { "@convex-dev/no-collect-in-query": "error" },
  },
  {
    // Registered functions and configuration have inferred types on purpose.
    files: ["example/**", "**/*.test.ts", "*.config.ts"],
    rules: { "@typescript-eslint/explicit-module-boundary-types": "off" },
  },
  {
    // The console is what they patch, and functions are what they compare.
    files: ["src/client/runtime/sandbox*.test.ts"],
    rules: { "no-console": "off", "@typescript-eslint/unbound-method": "off" },
  },
  {
    // Tests name functions by strings and read rows of any table: nothing carries types.
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/no-unnecessary-type-assertion": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
  { files: PRINTING_FILES, rules: { "no-console": "off" } },
  { files: ["**/*.js"], extends: [tseslint.configs.disableTypeChecked] },
);
