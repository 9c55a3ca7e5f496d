/**
 * An app whose one workflow waits for events, and what events leave in the tables.
 */
import { mutationGeneric } from "convex/server";
import { v } from "convex/values";
import type { SendEventArgs, StepContext, WorkflowId } from "../../src/client/index.js";
import { ref, TestApp, workflowRef, type AppOptions } from "./app.js";

export type Handler = (step: StepContext) => Promise<unknown>;

/** Such an app, and the sending of events to its workflows. */
export type EventApp = {
  app: TestApp;
  /** Sends an event in a mutation of its own; answers what became of it. */
  send: (workflowId: WorkflowId, name: string, rest?: object) => Promise<string>;
};

/** An app of one workflow, whose handler a test gives. */
export function createEventApp(handler: Handler, options: AppOptions = {}): EventApp {
  const app = new TestApp({ shards: 1, seats: 1, ...options }, (executor) => ({
    main: executor.define({ args: {}, returns: v.any() }).handler(handler),
    send: mutationGeneric({
      args: { event: v.any() },
      handler: async (ctx, { event }) =>
        (await executor.sendEvent(ctx, event as SendEventArgs)).status,
    }),
    touch: mutationGeneric({ args: {}, handler: async () => null }),
    parent: executor
      .define({ args: {} })
      .handler(async (step): Promise<unknown> =>
        step.runWorkflow(workflowRef("main"), {}),
      ),
  }));
  const send = async (workflowId: WorkflowId, name: string, rest: object = {}) => {
    const event = { workflowId, name, ...rest };
    return await app.call<string>("mutation", ref<"mutation">("send"), { event });
  };
  return { app, send };
}

/** Everything that events keep in the component's tables. */
export async function countEventRows(app: TestApp): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of ["mailboxes", "events", "eventIds", "eventWaiters", "timers"])
    counts[table] = (await app.rows(table)).length;
  return counts;
}

/** What is left when all of it is gone. */
export const NO_ROWS = {
  mailboxes: 0,
  events: 0,
  eventIds: 0,
  eventWaiters: 0,
  timers: 0,
};
