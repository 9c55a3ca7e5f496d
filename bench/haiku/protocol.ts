/**
 * The wire format: what both transports hand to the simulation and take from it, and how
 * error and success bodies are spelled. Knows nothing of limits, draws or time.
 */

import { ID_CHARACTERS } from "./constants.js";

/** An HTTP request, stripped of its transport. */
export interface HaikuRequest {
  readonly method: string;
  /** The path without its query. */
  readonly path: string;
  readonly headers: { get(name: string): string | null };
  readonly body: string;
  /** Size on the wire; a transport may drop the body of a request that is too large. */
  readonly bodyBytes: number;
}

/** An HTTP response, before a transport sends it. */
export interface HaikuResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a request ended: with a response, or with a connection that went away. */
export type HaikuResult =
  | { readonly kind: "response"; readonly response: HaikuResponse }
  | { readonly kind: "dropped" };

/** A refusal, before it is a response. */
export interface ApiFailure {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a successful response says. */
export interface Completion {
  readonly model: string;
  readonly text: string;
  readonly stopReason: "end_turn" | "max_tokens";
  readonly inputTokens: number;
  readonly outputTokens: number;
}

type Headers = Readonly<Record<string, string>>;

/** Whether the SDK should try again; the API says so itself, see `x-should-retry`. */
function isRetryable(status: number): boolean {
  return status === 429 || status >= 500;
}

/** Spells a refusal as the API does. */
export function renderFailure(
  failure: ApiFailure,
  requestId: string,
  headers: Headers = {},
): HaikuResponse {
  const { status, type, message } = failure;
  return {
    status,
    headers: {
      ...renderCommonHeaders(requestId),
      "x-should-retry": String(isRetryable(status)),
      ...failure.headers,
      ...headers,
    },
    body: JSON.stringify({
      type: "error",
      error: { type, message },
      request_id: requestId,
    }),
  };
}

/** Spells a success as the API does. */
export function renderMessage(
  completion: Completion,
  messageDigest: string,
  requestId: string,
  headers: Headers = {},
): HaikuResponse {
  const { model, text, stopReason, inputTokens, outputTokens } = completion;
  return {
    status: 200,
    headers: { ...renderCommonHeaders(requestId), ...headers },
    body: JSON.stringify({
      id: `msg_${messageDigest.slice(0, ID_CHARACTERS)}`,
      type: "message",
      role: "assistant",
      model,
      content: [{ type: "text", text }],
      stop_reason: stopReason,
      stop_sequence: null,
      stop_details: null,
      container: null,
      usage: {
        input_tokens: inputTokens,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        output_tokens: outputTokens,
        service_tier: "standard",
      },
    }),
  };
}

/** Spells a request id from a digest that is unique to the request. */
export function renderRequestId(digest: string): string {
  return `req_${digest.slice(0, ID_CHARACTERS)}`;
}

function renderCommonHeaders(requestId: string): Headers {
  return { "content-type": "application/json", "request-id": requestId };
}
