import { describe, expect, test } from "vitest";

import type { Bundle, PushedComponent } from "../push/pushRequest.js";
import { resolveViolations } from "./rules.js";

const SHIM =
  "// async-hooks-shim:node:async_hooks\nvar a = globalThis.AsyncLocalStorage;";

describe("resolveViolations", () => {
  test("chunks of the push may be imported, other modules may not", () => {
    const source = 'import "../_deps/A.js"; const b = await import("node:fs");';

    const violations = resolveViolations([buildPushed("", { source })]);

    expect(violations).toEqual(['app: lib.js imports "node:fs" at run time']);
  });

  test("a Node module of the app may import packages", () => {
    const bundle = { source: 'import "node:fs";', environment: "node" } as const;

    expect(resolveViolations([buildPushed("", bundle)])).toEqual([]);
  });

  test("our component may not run in Node", () => {
    const pushed = buildPushed("../../src/component", { environment: "node" });

    expect(resolveViolations([pushed])).toEqual([
      "../../src/component: lib.js runs in Node; a component cannot",
    ]);
  });

  test("node:async_hooks may be in the app but not in our component", () => {
    const pushed = ["", "../../src/component"].map((path) =>
      buildPushed(path, { source: SHIM }),
    );

    expect(resolveViolations(pushed)).toEqual([
      "../../src/component: lib.js holds node:async_hooks; keep it in src/client",
    ]);
  });
});

function buildPushed(
  definitionPath: string,
  overrides: Partial<Bundle>,
): PushedComponent {
  const bundle: Bundle = {
    path: "lib.js",
    source: "",
    environment: "isolate",
    ...overrides,
  };
  return {
    definitionPath,
    dependencies: [],
    definition: { ...bundle, path: "convex.config.js" },
    schema: null,
    functions: [bundle],
  };
}
