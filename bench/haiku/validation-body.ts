/**
 * Validates the JSON body of a Messages request. Messages are worded as the API words them:
 * the path of the field, then what is wrong with it.
 */

import { FIELDS_IGNORED, FIELDS_NOT_MODELLED, FIELDS_READ } from "./constants.js";
import { computeDigest } from "./draws.js";
import { countTokens } from "./model/tokens.js";
import type { HaikuOptions } from "./options.js";
import type { ApiFailure } from "./protocol.js";

/** What the simulated model gets to see of a request. */
export interface Prompt {
  readonly model: string;
  readonly maxTokens: number;
  /** The system prompt, and any later system messages. */
  readonly system: string;
  /** All user messages, oldest first. */
  readonly user: string;
  readonly inputTokens: number;
  /** Equal for equal prompts, however their JSON is laid out. */
  readonly digest: string;
}

/** A validated prompt, or why there is none. */
export type ParsedBody = { readonly prompt: Prompt } | { readonly failure: ApiFailure };

type Role = "user" | "assistant" | "system";
type Message = { readonly role: Role; readonly text: string };

/** Thrown inside this file only, to leave the nested checks at the first fault. */
class Refusal extends Error {
  constructor(readonly failure: ApiFailure) {
    super(failure.message);
  }
}

/** Validates a parsed JSON body. */
export function parseBody(body: unknown, options: HaikuOptions): ParsedBody {
  try {
    return { prompt: readPrompt(body, options) };
  } catch (error) {
    if (error instanceof Refusal) return { failure: error.failure };
    throw error;
  }
}

function readPrompt(body: unknown, options: HaikuOptions): Prompt {
  if (!isRecord(body)) refuse("Input should be a valid dictionary");
  for (const field of FIELDS_READ) {
    const isRequired = field !== "system";
    if (isRequired && body[field] === undefined) {
      refuse(`${field}: Field required`);
    }
  }
  checkFields(body);
  const model = readModel(body.model, options);
  const maxTokens = readMaxTokens(body.max_tokens, model, options);
  const messages = readMessages(body.messages);
  const system =
    body.system === undefined || body.system === null
      ? ""
      : readText(body.system, "system");
  const inputTokens = countTokens(system + messages.map(({ text }) => text).join(""));
  if (inputTokens > options.inputTokensMax) {
    refuse(
      `prompt is too long: ${inputTokens} tokens > ${options.inputTokensMax} maximum`,
    );
  }
  return {
    model,
    maxTokens,
    system: [system, ...textsOf(messages, "system")].join("\n\n").trim(),
    user: textsOf(messages, "user").join("\n\n").trim(),
    inputTokens,
    digest: computeDigest([model, maxTokens, system, messages]),
  };
}

function checkFields(body: Record<string, unknown>): void {
  for (const [field, value] of Object.entries(body)) {
    if (FIELDS_READ.includes(field) || FIELDS_IGNORED.includes(field)) continue;
    if (!FIELDS_NOT_MODELLED.includes(field)) {
      refuse(`${field}: Extra inputs are not permitted`);
    }
    const isAbsent =
      value === null || value === false || (Array.isArray(value) && value.length === 0);
    if (!isAbsent) refuse(`${field}: not modelled by this simulation`);
  }
}

function readModel(model: unknown, { models }: HaikuOptions): string {
  if (typeof model !== "string") refuse("model: Input should be a valid string");
  if (models.includes(model)) return model;
  throw new Refusal({
    status: 404,
    type: "not_found_error",
    message: `model: ${model}`,
  });
}

function readMaxTokens(
  value: unknown,
  model: string,
  { outputTokensMax }: HaikuOptions,
): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    refuse("max_tokens: Input should be a valid integer");
  }
  if (value < 1) {
    refuse("max_tokens: Input should be greater than or equal to 1");
  }
  if (value > outputTokensMax) {
    refuse(
      `max_tokens: ${value} > ${outputTokensMax}, which is the maximum allowed number of output tokens for ${model}`,
    );
  }
  return value;
}

function readMessages(value: unknown): readonly Message[] {
  if (!Array.isArray(value)) refuse("messages: Input should be a valid list");
  if (value.length === 0) refuse("messages: at least one message is required");
  const messages = value.map(readMessage);
  if (messages[0]?.role !== "user") {
    refuse('messages: first message must use the "user" role');
  }
  return messages;
}

function readMessage(value: unknown, index: number): Message {
  const path = `messages.${index}`;
  if (!isRecord(value)) refuse(`${path}: Input should be a valid dictionary`);
  const { role, content } = value;
  if (role === undefined) refuse(`${path}.role: Field required`);
  if (role !== "user" && role !== "assistant" && role !== "system") {
    refuse(`${path}.role: Input should be 'user', 'assistant' or 'system'`);
  }
  if (content === undefined) refuse(`${path}.content: Field required`);
  const text = readText(content, `${path}.content`);
  if (text === "") refuse(`${path}: content must not be empty`);
  return { role, text };
}

/** Reads a string, or a list of text blocks. */
function readText(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) {
    refuse(`${path}: Input should be a valid string or a valid list`);
  }
  return value.map((block, index) => readBlock(block, `${path}.${index}`)).join("\n\n");
}

function readBlock(block: unknown, path: string): string {
  if (!isRecord(block)) refuse(`${path}: Input should be a valid dictionary`);
  if (block.type === undefined) refuse(`${path}.type: Field required`);
  if (block.type !== "text") {
    refuse(`${path}.type: only 'text' is modelled by this simulation`);
  }
  if (typeof block.text !== "string") {
    refuse(`${path}.text: Input should be a valid string`);
  }
  if (block.text === "") refuse(`${path}: text content blocks must be non-empty`);
  return block.text;
}

function textsOf(messages: readonly Message[], role: Role): readonly string[] {
  return messages.filter((message) => message.role === role).map(({ text }) => text);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(message: string): never {
  throw new Refusal({ status: 400, type: "invalid_request_error", message });
}
