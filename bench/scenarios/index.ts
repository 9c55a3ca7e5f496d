/** All scenarios, in the order in which `--all` runs them; the first is the default. */
import type { Scenario } from "../scenario.js";
import { burst } from "./burst.js";
import { haiku } from "./haiku.js";
import { haikuAdaptive } from "./haikuAdaptive.js";
import { idle } from "./idle.js";
import { io } from "./io.js";
import { mutations } from "./mutations.js";
import { small } from "./small.js";

export const SCENARIOS: readonly Scenario[] = [
  haiku,
  haikuAdaptive,
  io,
  mutations,
  small,
  idle,
  burst,
];
