/** The workflow: four calls to Claude per document, the middle two in parallel. */
import { vWorkflowId, type WorkflowId } from "convex-executor";
import { v } from "convex/values";
import { internal } from "./_generated/api";
import { mutation, query } from "./_generated/server";
import { anthropic } from "./anthropic";
import { executor } from "./executor";

/** Reviews one document and answers its summary. */
export const review = executor
  .define({ args: { documentId: v.id("documents") }, returns: v.string() })
  .handler(async (step, { documentId }): Promise<string> => {
    const claude = anthropic ? step.withOptions({ gate: anthropic }) : step;
    const text = await step.runQuery(internal.documents.text, { documentId });
    const outline = await claude.runAction(internal.claude.outline, { text });
    const reviewId = await step.runMutation(internal.documents.saveOutline, {
      documentId,
      outline,
    });
    const [tone, keywords] = await Promise.all([
      claude.runAction(internal.claude.tone, { text }),
      claude.runAction(internal.claude.keywords, { text }),
    ]);
    const summary = await claude.runAction(internal.claude.summary, { text, outline });
    await step.runMutation(internal.documents.saveReview, {
      reviewId,
      tone,
      keywords,
      summary,
    });
    return summary;
  });

/** Starts reviews in the order given; a document is reviewed once however often it is asked. */
export const start = mutation({
  args: { documentIds: v.array(v.id("documents")) },
  returns: v.array(v.string()),
  handler: async (ctx, { documentIds }): Promise<string[]> =>
    await executor.startMany(
      ctx,
      internal.reviews.review,
      documentIds.map((documentId) => ({ args: { documentId }, key: documentId })),
    ),
});

/** A review's status; reactive, so that a page can watch it. */
export const status = query({
  args: { id: vWorkflowId },
  handler: async (ctx, { id }: { id: WorkflowId }) => await executor.getStatus(ctx, id),
});
