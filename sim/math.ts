/**
 * What of `Math` the simulation itself computes with.
 *
 * Taken once: the global is an accessor that asks whose `Math` it is each time it is read,
 * which the simulation does at each event.
 */
export const { PI, ceil, cos, exp, floor, log, max, min, sqrt } = Math;
