/**
 * The embedded Convex: a backend in the process, faithful to the platform's rules, seeded,
 * on a virtual clock. ARCHITECTURE.md section 8 says what it is for.
 */
import { installGlobals } from "./globals/globals.js";
import { assemble } from "./runtime/assembly.js";
import { Code, listSources } from "./runtime/code.js";
import { Convex } from "./runtime/deployment.js";
import type { ConvexOptions } from "./runtime/options.js";
import { installRejections } from "./runtime/rejections.js";

export { Convex } from "./runtime/deployment.js";
export type { CodeSource, Deployable, ModuleMap } from "./runtime/code.js";
export { CLASS_LIMITS } from "./constants/classes.js";
export { LATENCY_DEFAULTS } from "./latency/latency.js";
export type { ConvexOptions } from "./runtime/options.js";
export type { Clock } from "./clock/clock.js";
export { RealClock } from "./clock/realClock.js";
export { VirtualClock } from "./clock/virtualClock.js";

/** Starts a deployment. All modules are loaded when this resolves. */
export async function createConvex(options: ConvexOptions): Promise<Convex> {
  installGlobals();
  installRejections();
  const code = await Code.load(listSources(options));
  const parts = assemble(code, options);
  const convex = new Convex(parts);
  const deploys = options.deploys ?? [];
  parts.services.faults.start({
    stallScheduler: (ms) => convex.stallScheduler(ms),
    setPaused: (isPaused) => convex.setPaused(isPaused),
    jumpClock: (ms) => convex.jumpClock(ms),
    restart: () => convex.restart(),
    deploy: (index) => void convex.deploy(deploys[index] ?? options),
  });
  return convex;
}
