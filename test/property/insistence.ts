/**
 * Calls of people beside a trial, who call again when something is in their way.
 *
 * Owns how often they do, and which failures are none of theirs.
 */
import type { WorkflowId } from "../../src/client/index.js";
import type { TestApp } from "../harness/app.js";

/** How often an operator calls again before giving up. */
const INSISTENCE = 10;

/** Sends an event; a workflow that has ended takes none. */
export async function insistOnSending(
  app: TestApp,
  event: { workflowId: WorkflowId; name: string; value: number },
): Promise<void> {
  await insistOn(async () =>
    app.inMutation(async (ctx) =>
      app.executor.sendEvent(ctx, { ...event, id: event.name }),
    ),
  );
}

/** Cancels a workflow, or restarts it from its beginning. */
export async function insistOnEnding(
  app: TestApp,
  how: "cancel" | "restart",
  workflowId: WorkflowId,
): Promise<void> {
  await insistOn(async () =>
    app.inMutation(async (ctx) => {
      if (how === "cancel") await app.executor.cancel(ctx, workflowId, "by chance");
      else await app.executor.restart(ctx, workflowId);
    }),
  );
}

/** Calls an operator's function. */
export async function insist(
  app: TestApp,
  name: string,
  args: object = {},
): Promise<void> {
  await insistOn(async () => app.operate(name, { ...args }));
}

/** Calls something as a person would: again, if others wrote all the time. */
async function insistOn(call: () => Promise<unknown>): Promise<void> {
  for (let failures = 1; ; failures += 1) {
    try {
      await call();
      return;
    } catch (error) {
      const isConflict = /^Documents read from or written to/.test(
        String((error as Error).message),
      );
      if (!isConflict || failures === INSISTENCE) throw error;
    }
  }
}
