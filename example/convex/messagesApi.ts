/**
 * The client of the Messages API: one request, and what its answer says of the rate limit.
 *
 * The SDK does not retry: the engine does, with attempts that survive a crash. Every answer,
 * a refusal too, goes to the gate, which paces all executors by it.
 *
 * - `ANTHROPIC_API_KEY`: yours. `ANTHROPIC_MODEL`: instead of {@link MODEL}.
 * - `ANTHROPIC_BASE_URL`: instead of the API's own address.
 */
import Anthropic from "@anthropic-ai/sdk";
import type { InProcessActionCtx, ProviderLimits } from "convex-executor";

/** The model; override it with ANTHROPIC_MODEL. */
export const MODEL = "claude-haiku-4-5";
/** Milliseconds one call may take before the engine tries again. */
const CALL_TIMEOUT_MS = 60_000;
/** Timeout, conflict and rate limit: the 4xx that may pass. */
const TRANSIENT_STATUSES = new Set([408, 409, 429]);

/** What is asked. */
export type Question = { system: string; text: string; tokensMax: number };

/** Sends one request to the model. */
export async function send(
  ctx: Pick<InProcessActionCtx, "signal" | "reportLimits">,
  { system, text, tokensMax }: Question,
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

/** Reads what an answer says of the limit; what a header does not say is NaN, and ignored. */
function readLimits(headers: Headers): ProviderLimits {
  const read = (name: string) => headers.get(`anthropic-ratelimit-requests-${name}`);
  return {
    limit: Number(read("limit") ?? NaN),
    remaining: Number(read("remaining") ?? NaN),
    resetAt: Date.parse(read("reset") ?? ""),
    retryAfterMs: Number(headers.get("retry-after") ?? NaN) * 1_000,
  };
}

/** A bad key or request stays bad: trying again would only cost time. */
function isFinal(error: unknown): error is Error {
  if (!(error instanceof Anthropic.APIError)) return false;
  const status = Number(error.status ?? 0); // none for a dropped connection
  return status >= 400 && status < 500 && !TRANSIENT_STATUSES.has(status);
}
