// @vitest-environment edge-runtime
import { expect, test } from "vitest";

import "./sandbox.test";

test("this file runs in the edge-runtime", () => {
  expect("EdgeRuntime" in globalThis).toBe(true);
});
