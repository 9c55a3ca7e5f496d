/** Deaths, whoever notices them, while those who clear up may die too. */
import { vi } from "vitest";
import { takeover } from "./scenarios/takeover.js";
import { sweepScenario } from "./sweep.js";

vi.mock("../../src/shared/constants.js", async (load) => {
  const { lower } = await import("./lowered.js");
  return await lower(load, () => "takeovers");
});

sweepScenario(takeover);
