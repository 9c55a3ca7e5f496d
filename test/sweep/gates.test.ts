/** A gate that executors share: whoever crashes, its places come back and nobody is lost. */
import { vi } from "vitest";
import { gates } from "./scenarios/gates.js";
import { sweepScenario } from "./sweep.js";

vi.mock("../../src/shared/constants.js", async (load) => {
  const { lower } = await import("./lowered.js");
  return await lower(load, () => "gates");
});

sweepScenario(gates);
