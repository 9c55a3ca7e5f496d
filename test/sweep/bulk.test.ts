/** Cancel and restart of all: nobody is left out, whoever crashes. */
import { vi } from "vitest";
import { bulk } from "./scenarios/bulk.js";
import { sweepScenario } from "./sweep.js";

vi.mock("../../src/shared/constants.js", async (load) => {
  const { lower } = await import("./lowered.js");
  return await lower(load, () => "cancel and restart of all");
});

sweepScenario(bulk);
