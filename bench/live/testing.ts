/**
 * A deployment of the example on the loopback, for the tests of the live run: the embedded
 * Convex with the simulated API behind the function API's HTTP stand-in. Time is virtual, and
 * passes while a call is made or the program sleeps. Used by tests only.
 */
import { makeFunctionReference } from "convex/server";
import { loadExample } from "../../demo/backend/example.js";
import { openTime } from "../../demo/backend/time.js";
import { createConvex, type Convex, type Deployable } from "../../sim/index.js";
import type { DeploymentClass } from "../../sim/constants/classes.js";
import { serve, type Served } from "../../test/conformance/live/standIn.js";
import { createHaiku, createHaikuFetch, type HaikuApi } from "../haiku/index.js";
import type { LiveProgress } from "./drive.js";
import type { LiveOptions, Target } from "./options.js";
import { runLive, type LiveHost, type LiveResult } from "./run.js";

const ADMIN_KEY = "stand-in|key";
/** Of the app's environment: one request a 30 ms, so that a run takes some seconds. */
const RATE = 2_000;

/** What `example/convex` reads when it is loaded, which is once in a process. */
export function setExampleEnvironment(): void {
  process.env.EXECUTOR_SHARDS = "4";
  process.env.EXECUTOR_SLOTS_PER_SHARD = "10";
  process.env.ANTHROPIC_REQUESTS_PER_MINUTE = `${RATE}`;
}

export interface Changes {
  readonly class?: DeploymentClass;
  /** Changes what is deployed, or its environment. */
  readonly deployable?: (example: Deployable) => Deployable;
  /** Happens before each call; what it throws is the answer, with its `status` if it has one. */
  readonly onCall?: (name: string, args: Record<string, unknown>) => Promise<void> | void;
}

export interface LiveDeployment {
  readonly convex: Convex;
  readonly api: HaikuApi;
  readonly target: Target;
  /** Names of the functions called, in order. */
  readonly calls: string[];
  close(): Promise<void>;
}

/** Deploys the example. Whoever opens it closes it. */
export async function openLive(changes: Changes = {}): Promise<LiveDeployment> {
  const { clock, apiClock } = openTime("virtual");
  const rateLimit = { requestsPerMinute: RATE, capacityRequests: 30, initialRequests: 0 };
  const api = createHaiku({ seed: 1, latencyMedianMs: 500, rateLimit }, apiClock);
  const settings = ["EXECUTOR_SHARDS", "EXECUTOR_SLOTS_PER_SHARD"] as const;
  const example = await loadExample({
    ANTHROPIC_API_KEY: api.options.apiKey,
    ANTHROPIC_REQUESTS_PER_MINUTE: `${RATE}`,
    ...Object.fromEntries(settings.map((name) => [name, process.env[name]!])),
  });
  const deployable = changes.deployable?.(example) ?? example;
  const convex = await createConvex({
    ...deployable,
    clock,
    class: changes.class ?? "s16",
    seed: 1,
    fetch: createHaikuFetch(api),
  });
  const calls: string[] = [];
  const server = await serve(toServed(convex, deployable, calls, changes), ADMIN_KEY);
  return {
    convex,
    api,
    calls,
    target: { url: server.url, adminKey: ADMIN_KEY },
    close: async () => await server.close(),
  };
}

/** Functions by name, whose kind is that of what is registered. */
function toServed(
  convex: Convex,
  deployable: Deployable,
  calls: string[],
  { onCall }: Changes,
): Served {
  const refuse = (): never => {
    throw new Error("the live run calls functions of any kind alone");
  };
  return {
    query: refuse,
    mutation: refuse,
    action: refuse,
    withIdentity: refuse,
    function: async (name, args, component) => {
      calls.push(name);
      await onCall?.(name, args);
      const [module, fn] = name.split(":") as [string, string];
      const code = component === "" ? deployable.app : deployable.components?.[component];
      const modules = code?.modules as Record<string, Record<string, unknown>>;
      const registered = modules?.[`./${module}.ts`]?.[fn] as { isMutation?: boolean };
      const reference = locate(name, component);
      return registered?.isMutation
        ? await convex.mutation(reference as never, args as never)
        : await convex.query(reference as never, args as never);
    },
  };
}

/** Calls a mutation of the component, as an operator does. */
export async function operate(convex: Convex, name: string, args: object): Promise<void> {
  await convex.mutation(locate(name, "executor") as never, args as never);
}

/** The example without one of its modules. */
export function without(file: string): Changes["deployable"] {
  return ({ app, ...rest }) => {
    const modules = Object.entries(app.modules).filter(([path]) => path !== `./${file}`);
    return { ...rest, app: { ...app, modules: Object.fromEntries(modules) } };
  };
}

/** The example with other variables of its environment, or with none. */
export function withEnvironment(env: Record<string, string>): Changes["deployable"] {
  return ({ app, ...rest }) => ({ ...rest, app: { ...app, env } });
}

function locate(name: string, component: string): unknown {
  if (component === "") return makeFunctionReference(name);
  const path = `_reference/childComponent/${component}/${name.replace(":", "/")}`;
  return { [Symbol.for("toReferencePath")]: path };
}

export interface Ran {
  /** What it ended with: a result, or the error's text. */
  readonly result: LiveResult | null;
  readonly error: string | null;
  /** All that was printed. */
  readonly text: string;
}

export interface RunChanges {
  readonly options?: Partial<LiveOptions>;
  readonly target?: Partial<Target>;
  /** What whoever is asked answers; nobody is there by default. */
  readonly answer?: boolean;
  /** Aborts the run, as Ctrl-C does. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LiveProgress) => void;
}

/** Runs the program on a deployment. */
export async function runOn(
  { convex, target }: LiveDeployment,
  changes: RunChanges = {},
): Promise<Ran> {
  const lines: string[] = [];
  const { answer } = changes;
  const host: LiveHost = {
    signal: changes.signal ?? new AbortController().signal,
    pace: { now: () => convex.now(), sleep: async (ms) => await convex.runFor(ms) },
    print: (text) => void lines.push(text),
    ask:
      answer === undefined
        ? null
        : async (question) => {
            lines.push(question);
            return answer;
          },
    loadSimulated: async () => null,
    openProgress: () => ({ show: changes.onProgress ?? (() => {}), end: () => {} }),
  };
  const options: LiveOptions = {
    url: null,
    adminKey: null,
    workflows: 40,
    resume: null,
    isAgreed: true,
    saves: false,
    ...changes.options,
  };
  try {
    const result = await runLive(options, { ...target, ...changes.target }, host);
    return { result, error: null, text: lines.join("\n") };
  } catch (error) {
    if ((error as Error).name !== "LiveError") throw error;
    return { result: null, error: (error as Error).message, text: lines.join("\n") };
  }
}
