/** `performance` whose time is the running function's; the rest is the original's. */
import { createFacade, currentWorld } from "./facade.js";

const native = globalThis.performance;
const nativeNow = native.now.bind(native);

export const performanceFacade: Performance = createFacade<Performance>({
  name: "performance",
  target: native,
  bindsMethods: true,
  members: {
    now: (): number => currentWorld()?.performanceNow() ?? nativeNow(),
    get timeOrigin(): number {
      return currentWorld()?.timeOrigin ?? native.timeOrigin;
    },
  },
});
