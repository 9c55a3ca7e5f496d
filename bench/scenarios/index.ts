/** All scenarios, in the order in which `--all` runs them. */
import type { Scenario } from "../scenario.js";
import { haiku } from "./haiku.js";

export const SCENARIOS: readonly Scenario[] = [haiku];
