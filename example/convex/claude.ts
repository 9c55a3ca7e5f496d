/** Calls to Claude Haiku, one in-process action per question. */
import type { InProcessActionCtx } from "convex-executor";
import { v } from "convex/values";
import { executor } from "./executor";
import { readText, send } from "./messagesApi";

/** Tokens one answer may have. */
const ANSWER_TOKENS_MAX = 400;

/** Asks the model one question about a document, and answers the text of its answer. */
async function ask(
  ctx: InProcessActionCtx,
  task: string,
  instruction: string,
  text: string,
) {
  const system = `Task: ${task}\n${instruction}`;
  return readText(await send(ctx, { system, text, tokensMax: ANSWER_TOKENS_MAX }));
}

/** Outlines a document. */
export const outline = executor.action({
  args: { text: v.string() },
  returns: v.string(),
  handler: async (ctx, { text }) =>
    await ask(
      ctx,
      "outline",
      "Answer with the document's outline, one line a heading.",
      text,
    ),
});

/** Names a document's tone. */
export const tone = executor.action({
  args: { text: v.string() },
  returns: v.string(),
  handler: async (ctx, { text }) =>
    await ask(ctx, "tone", "Answer with one word for the document's tone.", text),
});

/** Lists a document's keywords. */
export const keywords = executor.action({
  args: { text: v.string() },
  returns: v.array(v.string()),
  handler: async (ctx, { text }) => {
    const answer = await ask(
      ctx,
      "keywords",
      "Answer with the five best keywords, separated by commas.",
      text,
    );
    return answer.split(",").map((word) => word.trim());
  },
});

/** Summarizes a document along its outline. */
export const summary = executor.action({
  args: { text: v.string(), outline: v.string() },
  returns: v.string(),
  handler: async (ctx, { text, outline }) =>
    await ask(
      ctx,
      "summary",
      "Answer with a summary in two sentences, along the outline after the document.",
      `${text}\n\nOutline:\n${outline}`,
    ),
});
