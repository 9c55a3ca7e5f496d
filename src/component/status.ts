/**
 * What a workflow looks like from outside.
 *
 * Owns the public shapes of workflows and steps and their reading in bounded pages.
 */
import { paginator } from "convex-helpers/server/pagination";
import { v, type Infer } from "convex/values";
import {
  PAGE_BYTES_MAX,
  PAGE_DEFAULT,
  PAGE_MAX,
  STEPS_MAX,
} from "../shared/constants.js";
import { executorError } from "../shared/errors.js";
import { dropUndefined } from "../shared/fields.js";
import {
  isFinished,
  vOutcome,
  vSerializedError,
  vStepKind,
  vWorkflowState,
} from "../shared/model.js";
import { checkWhole } from "../shared/ranges.js";
import { measureValue } from "../shared/sizes.js";
import { loadWorkflow, type Doc, type QueryCtx } from "./functions.js";
import { journalOf, readSteps } from "./journal.js";
import schema from "./schema.js";

/** What is seen of a workflow wherever it is seen. */
export const vSummaryFields = {
  id: v.string(),
  definition: v.string(),
  state: vWorkflowState,
  generation: v.number(),
  shard: v.number(),
  key: v.optional(v.string()),
  /** The gate that it passes before it begins; while `pending`, it may wait there. */
  gate: v.optional(v.string()),
  parent: v.optional(v.string()),
  createdAt: v.number(),
  startedAt: v.optional(v.number()),
  finishedAt: v.optional(v.number()),
  error: v.optional(vSerializedError),
  /** It is being ended, and its handler may clean up. */
  ending: v.optional(
    v.object({
      kind: v.union(v.literal("canceled"), v.literal("timedOut")),
      /** Why, in words. */
      reason: v.optional(v.string()),
      /** When that was decided, and when it ends at the latest. */
      since: v.number(),
      until: v.number(),
    }),
  ),
};
/** A workflow in a list. Times are in milliseconds since 1970. */
export const vWorkflowSummary = v.object(vSummaryFields);

/** A step that has not settled. */
export const vOpenStep = v.object({
  number: v.number(),
  name: v.string(),
  kind: vStepKind,
  attempts: v.number(),
  startedAt: v.number(),
  dueAt: v.optional(v.number()),
  /** The gate that it has passed, or waits at. */
  gate: v.optional(v.string()),
  lastError: v.optional(vSerializedError),
});
/** A step of the journal. */
export const vStepSummary = v.object({
  number: v.number(),
  name: v.string(),
  kind: vStepKind,
  state: v.union(
    v.literal("running"),
    v.literal("completed"),
    v.literal("failed"),
    v.literal("canceled"),
  ),
  preview: v.optional(v.string()),
  attempts: v.number(),
  failures: v.number(),
  startedAt: v.number(),
  settledAt: v.optional(v.number()),
  dueAt: v.optional(v.number()),
  child: v.optional(v.string()),
  outcome: v.optional(vOutcome),
  lastError: v.optional(vSerializedError),
});

/** Which page to read: where the last one ended, and how many rows it may have. */
export const vPage = {
  cursor: v.optional(v.union(v.string(), v.null())),
  limit: v.optional(v.number()),
};
/** Where the next page begins; null after the last. */
export const vNextCursor = v.union(v.string(), v.null());

export const vListArgs = v.object({
  definition: v.optional(v.string()),
  state: v.optional(vWorkflowState),
  order: v.optional(v.union(v.literal("asc"), v.literal("desc"))),
  ...vPage,
});
export const vWorkflowPage = v.object({
  page: v.array(vWorkflowSummary),
  cursor: vNextCursor,
});

/** Lists workflows by definition, state, both or neither, in the order of creation. */
export async function listWorkflows(
  ctx: QueryCtx,
  args: Infer<typeof vListArgs>,
): Promise<Infer<typeof vWorkflowPage>> {
  const { definition, state } = args;
  const workflows = paginator(ctx.db, schema).query("workflows");
  // Each has an index of its own, whose next field is the time of creation.
  const range =
    definition === undefined
      ? state === undefined
        ? workflows
        : workflows.withIndex("by_state", (q) => q.eq("state", state))
      : state === undefined
        ? workflows.withIndex("by_definition", (q) => q.eq("definition", definition))
        : workflows.withIndex("by_definition_and_state", (q) =>
            q.eq("definition", definition).eq("state", state),
          );
  const { page, isDone, continueCursor } = await range
    .order(args.order ?? "asc")
    .paginate(resolvePage(args));
  return { page: page.map(summarizeWorkflow), cursor: isDone ? null : continueCursor };
}

export const vListStepsArgs = v.object({ workflow: v.string(), ...vPage });
export const vStepPage = v.object({ page: v.array(vStepSummary), cursor: vNextCursor });

/** Lists the steps of a workflow's present generation, in their order. */
export async function listWorkflowSteps(
  ctx: QueryCtx,
  args: Infer<typeof vListStepsArgs>,
): Promise<Infer<typeof vStepPage>> {
  const workflow = await loadWorkflow(ctx, args.workflow);
  const { cursor, numItems, maximumBytesRead } = resolvePage(args);
  const from = Number(cursor ?? 0);
  checkWhole("cursor", from, 0, STEPS_MAX);
  const page: Infer<typeof vStepSummary>[] = [];
  let bytes = 0;
  // The rows of one journal may belong to several generations: pages go by number.
  for await (const step of readSteps(ctx, journalOf(workflow), from)) {
    if (page.length >= numItems || bytes >= maximumBytesRead) {
      return { page, cursor: String(step.number) };
    }
    page.push(summarizeStep(step, workflow));
    bytes += measureValue(step.outcome).bytes;
  }
  return { page, cursor: null };
}

/** Resolves a page's bounds; throws `INVALID_OPTIONS` for an absurd limit. */
function resolvePage(args: {
  cursor?: string | null | undefined;
  limit?: number | undefined;
}) {
  const limit = args.limit ?? PAGE_DEFAULT;
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MAX) {
    throw executorError(
      "INVALID_OPTIONS",
      `limit is ${limit}; a page has 1 to ${PAGE_MAX} rows.`,
      {
        option: "limit",
        actual: limit,
        limit: PAGE_MAX,
      },
    );
  }
  return {
    cursor: args.cursor ?? null,
    numItems: limit,
    maximumBytesRead: PAGE_BYTES_MAX,
  };
}

/** Says of a workflow what is seen of it everywhere. */
export function summarizeWorkflow(
  workflow: Doc<"workflows">,
): Infer<typeof vWorkflowSummary> {
  const { _id, _creationTime, definition, state, generation, shard } = workflow;
  const { key, gate, parent, startedAt, finishedAt, error } = workflow;
  return {
    id: _id,
    definition,
    state,
    generation,
    shard,
    createdAt: _creationTime,
    ...dropUndefined({ key, startedAt, finishedAt, error }),
    ...dropUndefined({ gate: gate?.key, parent: parent?.workflow }),
    ...(workflow.ending ? { ending: describeEnding(workflow.ending) } : {}),
  };
}

function describeEnding({
  outcome,
  at,
  deadline,
}: NonNullable<Doc<"workflows">["ending"]>): NonNullable<
  Infer<typeof vSummaryFields.ending>
> {
  const times = { since: at, until: deadline };
  if (outcome.kind === "failed")
    return { kind: "timedOut", reason: outcome.error.message, ...times };
  return { kind: "canceled", ...dropUndefined({ reason: outcome.reason }), ...times };
}

/** Says of an open step what its row holds. */
export function summarizeOpenStep(step: Doc<"steps">): Infer<typeof vOpenStep> {
  const { number, name, kind, attempts, startedAt, dueAt, gate, lastError } = step;
  return {
    number,
    name,
    kind,
    attempts,
    startedAt,
    ...dropUndefined({ dueAt, gate, lastError }),
  };
}

function summarizeStep(
  step: Doc<"steps">,
  workflow: Doc<"workflows">,
): Infer<typeof vStepSummary> {
  const { number, name, kind, attempts, failures, startedAt } = step;
  const { preview, settledAt, dueAt, child, outcome, lastError } = step;
  const open = isFinished(workflow.state) ? "canceled" : "running";
  return {
    number,
    name,
    kind,
    state: outcome?.kind ?? open,
    attempts,
    failures,
    startedAt,
    ...dropUndefined({ preview, settledAt, dueAt, child, outcome, lastError }),
  };
}
