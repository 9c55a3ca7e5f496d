/**
 * The embedded Convex that a test's app is deployed on.
 *
 * Owns the component's code as a deployment wants it, and what a deployment is unless a test
 * says otherwise: without latency, on a class whose limits nobody meets, so that virtual
 * time is what a test's own waits add up to. With `TEST_PLATFORM=concurrent` it is the
 * smallest class and its latencies instead: transactions overlap, conflict and queue.
 */
import {
  createConvex,
  type Clock,
  type CodeSource,
  type Convex,
} from "../../sim/index.js";
import type { ConvexOptions } from "../../sim/index.js";
import { register } from "../../src/test.js";

/** Whether transactions take time, and so overlap. */
export const IS_CONCURRENT = process.env.TEST_PLATFORM === "concurrent";

/** What a test may change of its deployment. */
export type DeploymentOptions = Pick<
  ConvexOptions,
  "class" | "seed" | "latency" | "limits" | "faults" | "fetch"
>;

const DEFAULTS: DeploymentOptions = IS_CONCURRENT
  ? { class: "s16" }
  : { class: "d1024", latency: "none" };

/** Deploys an app with the component. */
export async function deploy(
  app: CodeSource,
  clock: Clock,
  options: DeploymentOptions = {},
): Promise<Convex> {
  const components = collectComponents();
  return await createConvex({ app, components, clock, ...DEFAULTS, ...options });
}

/** The component and those it uses, by path. */
export function collectComponents(): Record<string, CodeSource> {
  const components: Record<string, CodeSource> = {};
  const registerComponent = (
    path: string,
    schema: CodeSource["schema"],
    modules: CodeSource["modules"],
  ) => {
    components[path] = { schema, modules };
  };
  register({ registerComponent } as never);
  return components;
}
