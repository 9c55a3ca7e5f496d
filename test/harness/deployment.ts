/**
 * The embedded Convex that a test's app is deployed on.
 *
 * Owns the component's code as a deployment wants it, when a deployment opens and learns of
 * new code, and what it is unless a test says otherwise: without latency, on a class whose
 * limits nobody meets, so that virtual time is what a test's own waits add up to. With
 * `TEST_PLATFORM=concurrent` it is the smallest class and its latencies instead:
 * transactions overlap, conflict and queue. What its executors see of their workflows is
 * checked when the test is over.
 */
import { expect, onTestFinished } from "vitest";
import {
  createConvex,
  type Clock,
  type CodeSource,
  type Convex,
} from "../../sim/index.js";
import type { ConvexOptions } from "../../sim/index.js";
import { register } from "../../src/test.js";
import { takeStaleViews } from "./hotViews.js";

/** Where the component is mounted. */
export const EXECUTOR = "executor";

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

/** A deployment that opens with the first call, and whose code may be replaced. */
export class LazyDeployment {
  #app: CodeSource;
  #opening: Promise<Convex> | null = null;
  #opened: Convex | null = null;

  constructor(
    app: CodeSource,
    private readonly clock: Clock,
    private readonly options: DeploymentOptions | undefined,
  ) {
    this.#app = app;
    onTestFinished(() => expect(takeStaleViews()).toEqual([]));
  }

  /** Replaces the app's code: what is called from now on is the new one. */
  replace(app: CodeSource): void {
    this.#app = app;
    if (this.#opening) this.#opening = redeploy(this.#opening, app);
  }

  async open(): Promise<Convex> {
    this.#opening ??= deploy(this.#app, this.clock, this.options);
    this.#opened = await this.#opening;
    return this.#opened;
  }

  /** The deployment, for code that runs in it and so cannot wait. */
  get opened(): Convex {
    if (!this.#opened) throw new Error("Nothing has been called yet.");
    return this.#opened;
  }
}

async function redeploy(opening: Promise<Convex>, app: CodeSource): Promise<Convex> {
  const convex = await opening;
  await convex.deploy({ app, components: collectComponents() });
  return convex;
}

/** The component and those it uses, by path. */
function collectComponents(): Record<string, CodeSource> {
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
