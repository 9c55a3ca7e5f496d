// @vitest-environment edge-runtime
import { expect, test } from "vitest";

import "./sdk.test";

test("this file runs in the edge-runtime", () => {
  expect("EdgeRuntime" in globalThis).toBe(true);
});
