/**
 * One executor alone in a worker, whose heap is bounded as the platform bounds an action's.
 *
 * Owns the executor's side: everything it asks of its backend is a message to the parent,
 * which has the deployment. Steps answer with text of a given size, as an API would: parsed
 * from a response that is garbage afterwards. Handlers keep all results until they end.
 */
import { randomBytes } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { v } from "convex/values";
import { Executor, type ExecutorComponent } from "../../src/client/index.js";
import { resolveOptions } from "../../src/client/options.js";
import { buildRegistry } from "../../src/client/registry.js";
import { runExecutor } from "../../src/client/runtime/loop.js";
import type { ActionCtx } from "../../src/client/types.js";
import type { EntryArgs } from "../../src/shared/model.js";
import { ref } from "./names.js";
import type { Answer, WorkerInput } from "./names.js";

const input = workerData as WorkerInput & { self: EntryArgs };
const { self, bytes, steps, stepMs, sleepMs } = input;
const port = parentPort!;
const waiting = new Map<number, (answer: Answer) => void>();
port.on("message", (answer: Answer) => waiting.get(answer.id)?.(answer));

let calls = 0;
const call = async ({ name }: { name: string }, args: unknown): Promise<unknown> => {
  calls += 1;
  const id = calls;
  const answer = await new Promise<Answer>((resolve) => {
    waiting.set(id, resolve);
    port.postMessage({ id, name, args });
  });
  waiting.delete(id);
  if ("error" in answer) throw new Error(answer.error);
  return answer.value;
};

const executor = new Executor({} as ExecutorComponent, { entry: {} as never });
const exports = {
  respond: executor.action({
    args: { step: v.number() },
    handler: async () => {
      await new Promise((resolve) => setTimeout(resolve, stepMs));
      const text = randomBytes(bytes / 2).toString("hex");
      return JSON.parse(JSON.stringify({ content: [{ type: "text", text }] })) as object;
    },
  }),
  main: executor.define({}).handler(async (step) => {
    const results: object[] = [];
    for (let one = 0; one < steps; one += 1)
      results.push(await step.runAction(ref("app:respond"), { step: one }));
    if (sleepMs !== undefined) await step.sleep(sleepMs);
    return JSON.stringify(results).length;
  }),
};

/** References of the component are their names alone. */
const component = new Proxy(
  {},
  {
    get: (_target, module: string) =>
      new Proxy({}, { get: (_inner, name: string) => ({ name: `${module}:${name}` }) }),
  },
) as ExecutorComponent;
const ctx = {
  runQuery: call,
  runMutation: call,
  meta: { getDeploymentMetadata: async () => await Promise.resolve({ class: "d1024" }) },
} as unknown as ActionCtx;
const { runtime } = resolveOptions({ idleMs: 50 });

void runExecutor(ctx, component, self, buildRegistry({ app: exports }), runtime).then(
  () => port.postMessage({ id: 0, name: "over", args: { calls } }),
);
