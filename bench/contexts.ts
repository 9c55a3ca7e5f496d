/**
 * Makes contexts cheap for the benchmark's process. Imported before anything else (P3 of
 * `sim/promiseContexts.ts`).
 */
import { installPromiseContexts } from "../sim/promiseContexts.js";

installPromiseContexts();
