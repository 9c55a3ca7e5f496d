/** All house rules. */
import type { Rule } from "../rule.js";
import { consoleUse } from "./consoleUse.js";
import { cycles } from "./cycles.js";
import { fileHeader } from "./fileHeader.js";
import { fileLength } from "./fileLength.js";
import { fileNames } from "./fileNames.js";
import { functionLength } from "./functionLength.js";
import { layers } from "./layers.js";
import { literals } from "./literals.js";
import { openWork } from "./openWork.js";
import { purity } from "./purity.js";
import { spelling } from "./spelling.js";

export const rules: readonly Rule[] = [
  consoleUse,
  cycles,
  fileHeader,
  fileLength,
  fileNames,
  functionLength,
  layers,
  literals,
  openWork,
  purity,
  spelling,
];
