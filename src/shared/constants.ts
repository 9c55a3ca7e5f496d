/**
 * Every limit, duration and size of the engine, with its unit, its reason, and the
 * relationships that must hold between them (asserted in constants.test.ts).
 *
 * Owns: numbers. A number anywhere else in `src` that bounds, paces or sizes something is a
 * defect (`test/tidy` looks for it).
 */
export * from "./constants/engine.js";
export * from "./constants/events.js";
export * from "./constants/gates.js";
export * from "./constants/help.js";
export * from "./constants/life.js";
export * from "./constants/platform.js";
export * from "./constants/units.js";
export * from "./constants/values.js";
export * from "./constants/workflows.js";
