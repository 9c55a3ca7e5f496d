/**
 * The sending of events.
 *
 * Owns the public methods for it; `Executor` adds them to its own.
 */
import { checkEventText, formatEventId } from "../shared/events.js";
import { resolveSent, type EventId, type SendEventArgs } from "./events.js";
import type { ExecutorComponent, SentEvent, WorkflowId, WriteCtx } from "./types.js";

export abstract class EventSender {
  constructor(readonly component: ExecutorComponent) {}

  /**
   * Sends an event to a workflow, and answers what became of it. In a mutation it is sent
   * exactly if the mutation commits. One `id` per workflow is sent once, so that a sender
   * may repeat itself; at most 1,000 events of a workflow wait to be awaited.
   *
   * @throws `UNKNOWN_WORKFLOW`, `TOO_MANY_EVENTS`, `INVALID_EVENT`, `VALUE_REJECTED`,
   * `INVALID_OPTIONS`; nothing has been sent then.
   */
  async sendEvent<T = unknown, Name extends string = string>(
    ctx: WriteCtx,
    args: SendEventArgs<T, Name>,
  ): Promise<SentEvent> {
    const { sendEvent } = this.component.workflows;
    return { status: await ctx.runMutation(sendEvent, resolveSent(args)) };
  }

  /**
   * Makes the id of one event ahead of time, for a handler to await and for whoever has the
   * id to send, once: nobody else's event can take its place. Writes nothing.
   */

  async createEvent<Name extends string>(
    _ctx: WriteCtx,
    { name, workflowId }: { name: Name; workflowId: WorkflowId },
  ): Promise<EventId<Name>> {
    checkEventText("name", name);
    return formatEventId(workflowId, crypto.randomUUID(), name) as EventId<Name>;
  }
}
