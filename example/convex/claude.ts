/**
 * Calls to Claude Haiku, one in-process action per question.
 *
 * The SDK does not retry: the engine does, with attempts that survive a crash. What each answer
 * says of the rate limit goes to the gate, which paces all executors by it.
 */
import Anthropic from "@anthropic-ai/sdk";
import type { InProcessActionCtx } from "convex-executor";
import { v } from "convex/values";
import { readLimits } from "./anthropic";
import { executor } from "./executor";

/** The model; override it with ANTHROPIC_MODEL. */
export const MODEL = "claude-haiku-4-5";
/** Milliseconds one call may take before the engine tries again. */
const CALL_TIMEOUT_MS = 60_000;
/** Tokens one answer may have. */
const ANSWER_TOKENS_MAX = 400;
/** Timeout, conflict and rate limit: the 4xx that may pass. */
const TRANSIENT_STATUSES = new Set([408, 409, 429]);

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

/** Sends one request to the model. The key comes from ANTHROPIC_API_KEY. */
export async function send(
  ctx: InProcessActionCtx,
  { system, text, tokensMax }: { system: string; text: string; tokensMax: number },
): Promise<Anthropic.Message> {
  const client = new Anthropic({
    maxRetries: 0,
    timeout: CALL_TIMEOUT_MS,
    ...(process.env.ANTHROPIC_BASE_URL
      ? { baseURL: process.env.ANTHROPIC_BASE_URL }
      : {}),
  });
  const { data: message, response } = await client.messages
    .create(
      {
        model: process.env.ANTHROPIC_MODEL ?? MODEL,
        max_tokens: tokensMax,
        system,
        messages: [{ role: "user", content: text }],
      },
      { signal: ctx.signal },
    )
    .withResponse()
    .catch((error: unknown) => {
      if (error instanceof Anthropic.APIError && error.headers) {
        ctx.reportLimits(readLimits(error.headers as Headers));
      }
      throw isFinal(error) ? Object.assign(error, { nonRetryable: true }) : error;
    });
  ctx.reportLimits(readLimits(response.headers));
  return message;
}

/** The text of an answer. */
export function readText({ content }: Anthropic.Message): string {
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

/** A bad key or request stays bad: trying again would only cost time. */
function isFinal(error: unknown): error is Error {
  if (!(error instanceof Anthropic.APIError)) return false;
  const status = Number(error.status ?? 0); // none for a dropped connection
  return status >= 400 && status < 500 && !TRANSIENT_STATUSES.has(status);
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
