/** What executors run: every module that defines workflows or in-process actions. */
import * as bench from "./bench";
import * as claude from "./claude";
import { executor } from "./executor";
import * as reviews from "./reviews";

export const run = executor.entry({ bench, claude, reviews });
