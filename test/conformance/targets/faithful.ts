/** The embedded Convex in its faithful profile, as a target; its clock is virtual. */
import { makeFunctionReference } from "convex/server";

import { createConvex, type Convex } from "../../../sim/index.js";
import type { Deployment, Target } from "../target.js";
import { app, components } from "./application.js";

export const faithfulTarget: Target = {
  name: "faithful",
  profile: "platform",
  lacks: { client: "all of its callers are admins" },
  // Its limits are enforced always, as the platform's are.
  deploy: async () => toDeployment(await createConvex({ app, components })),
};

function toDeployment(convex: Convex): Deployment {
  return {
    query: (name, args) => convex.query(makeFunctionReference<"query">(name), args),
    mutation: (name, args) =>
      convex.mutation(makeFunctionReference<"mutation">(name), args),
    action: (name, args) => convex.action(makeFunctionReference<"action">(name), args),
    settle: () => convex.runUntilIdle(),
    withIdentity: (identity) => toDeployment(convex.withIdentity(identity as never)),
    now: () => convex.now(),
    advance: (ms) => convex.runFor(ms),
    fetch: (path, init) => convex.fetch(path, init),
    collectRejections: async (call) => {
      await call();
      // What belongs to none of its functions goes on to vitest, which fails the run.
      return [];
    },
    conflicts: (name) => convex.metrics.of(name).conflicts,
    dispose: async () => undefined,
  };
}
