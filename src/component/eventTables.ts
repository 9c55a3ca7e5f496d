/**
 * The tables of events, and of what a workflow shows of itself.
 *
 * Owns their shapes; a part of the schema, whose rules hold here too.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vValue } from "../shared/model.js";

export const eventTables = {
  /**
   * Events that were sent before anybody awaited them, one mailbox per workflow that has had
   * to do with events. Written by senders and by those who take events out; read by both, so
   * that they are serialized per workflow, and by nobody else (P16).
   */
  mailboxes: defineTable({
    workflow: v.id("workflows"),
    /** Its workflow has ended; what is left in it is removed. */
    isClosed: v.boolean(),
    /** Events ever kept: the number of the next one. */
    sent: v.number(),
    /** Events kept now. */
    pending: v.number(),
  }).index("by_workflow", ["workflow", "isClosed"]),

  /** An event that waits to be taken; small, its value is in `payloads`. Written twice. */
  events: defineTable({
    mailbox: v.id("mailboxes"),
    name: v.string(),
    /** In the order of sending, over all names. */
    number: v.number(),
    bytes: v.number(),
    payload: v.id("payloads"),
  }).index("by_name", ["mailbox", "name", "number"]),

  /** Ids by which senders tell repetitions apart; kept until the workflow ends. */
  eventIds: defineTable({ mailbox: v.id("mailboxes"), id: v.string() }).index(
    "by_mailbox",
    ["mailbox", "id"],
  ),

  /** Steps that wait for an event, one row per event: added by commits, read by senders. */
  eventWaiters: defineTable({
    workflow: v.id("workflows"),
    generation: v.number(),
    name: v.string(),
    number: v.number(),
    /** Whether the step is told which of its events came. */
    isRace: v.boolean(),
  })
    .index("by_name", ["workflow", "generation", "name", "number"])
    .index("by_step", ["workflow", "generation", "number"]),

  /**
   * What a handler wants to be seen of its workflow, at most one row each. Written by the
   * commits of turns that set it, apart from `workflows`, which other transactions read.
   */
  statuses: defineTable({
    workflow: v.id("workflows"),
    generation: v.number(),
    value: vValue,
    updatedAt: v.number(),
  }).index("by_workflow", ["workflow"]),
};
