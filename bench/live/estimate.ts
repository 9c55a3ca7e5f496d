/**
 * What a run is going to take: calls, tokens, time and money. Pure, and an estimate: what is
 * assumed stands beside it.
 *
 * Owns the API's prices: platform.claude.com/docs/en/about-claude/pricing, Claude Haiku 4.5,
 * base input and output tokens.
 */
import {
  ANSWER_TOKENS_MAX,
  renderDocument,
  renderSystem,
  TASKS,
} from "../../example/convex/benchPrompts.js";
import { MODEL } from "../../example/convex/messagesApi.js";
import { addPrices } from "../report/metrics.js";
import type { ResultFile } from "../result.js";
import type { Facts } from "./check.js";

const USD_PER_MILLION_INPUT_TOKENS = 1;
const USD_PER_MILLION_OUTPUT_TOKENS = 5;
const MILLION = 1_000_000;
const WORKFLOWS_BILLED = 1_000;
/** Of English text, roughly. */
const CHARACTERS_PER_TOKEN = 4;
/** Tokens of an answer that is asked to be brief: an assumption, half of the most. */
const ANSWER_TOKENS = ANSWER_TOKENS_MAX / 2;
/** Milliseconds of a call, as the simulated API's mean; an assumption. */
const CALL_MS = 4_500;
const MINUTE_MS = 60_000;
/** Answers that each call is given. */
const EARLIER = [0, 1, 1, 3];

export interface Estimate {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the API, and if all answers are as long as they may be. */
  readonly apiUsd: number;
  readonly apiUsdMax: number;
  /** Of the platform, as the simulated run was billed; null if there is no result of one. */
  readonly platformUsd: number | null;
  readonly minutes: number;
}

/** Estimates a run. `simulated` is a result of the same scenario, for the platform's bill. */
export function estimate(
  workflows: number,
  facts: Facts,
  simulated: ResultFile | null,
): Estimate {
  const calls = workflows * TASKS.length;
  const prompts = workflows * countPromptTokens(workflows);
  const given = workflows * EARLIER.reduce((sum, answers) => sum + answers, 0);
  const rate = facts.description.requestsPerMinute ?? Infinity;
  const price = (answerTokens: number) =>
    priceTokens(prompts + given * answerTokens, calls * answerTokens);
  const cost = simulated?.runs[0]?.cost ?? null;
  return {
    calls,
    inputTokens: prompts + given * ANSWER_TOKENS,
    outputTokens: calls * ANSWER_TOKENS,
    apiUsd: price(ANSWER_TOKENS),
    apiUsdMax: price(ANSWER_TOKENS_MAX),
    platformUsd: cost && (addPrices(cost) * workflows) / WORKFLOWS_BILLED,
    minutes: Math.max(calls / rate, (calls * CALL_MS) / facts.slots / MINUTE_MS),
  };
}

/** The price of tokens, in dollars. */
export function priceTokens(inputTokens: number, outputTokens: number): number {
  const input = inputTokens * USD_PER_MILLION_INPUT_TOKENS;
  return (input + outputTokens * USD_PER_MILLION_OUTPUT_TOKENS) / MILLION;
}

/** Tokens of a workflow's prompts without answers; all are about as long as the last one's. */
function countPromptTokens(workflows: number): number {
  const document = renderDocument(workflows - 1, []).length;
  const characters = TASKS.map((_, call) => renderSystem(call).length + document);
  return characters.reduce((sum, one) => sum + one, 0) / CHARACTERS_PER_TOKEN;
}

/** Renders facts and estimate, a line each. */
export function renderEstimate(
  workflows: number,
  { description, shards, slotsPerShard, seats, slots, schedulerSlots }: Facts,
  figures: Estimate,
  simulated: ResultFile | null,
): string {
  const { class: name, model, requestsPerMinute, baseUrl } = description;
  const about = (value: number) => Number(value.toPrecision(2)).toLocaleString("en-US");
  const isPriced = model === MODEL;
  return [
    `class ${name}: ${seats} executors of ${schedulerSlots} scheduler slots, ${shards} shards × ${slotsPerShard}, ${slots} calls at once`,
    `API ${baseUrl ?? "api.anthropic.com"}, ${model}, at most ${requestsPerMinute} requests a minute`,
    `${workflows.toLocaleString("en-US")} workflows make ${figures.calls.toLocaleString("en-US")} calls, and some more for retries`,
    `about ${about(figures.inputTokens)} input and ${about(figures.outputTokens)} output tokens, if an answer has ${ANSWER_TOKENS} of at most ${ANSWER_TOKENS_MAX} tokens`,
    isPriced
      ? `API about $${about(figures.apiUsd)}, at most $${about(figures.apiUsdMax)} (published: $${USD_PER_MILLION_INPUT_TOKENS} and $${USD_PER_MILLION_OUTPUT_TOKENS} per million tokens), retries apart`
      : `API: the price of ${model} is not known here; at that of ${MODEL} about $${about(figures.apiUsd)}, at most $${about(figures.apiUsdMax)}`,
    figures.platformUsd === null
      ? "platform: not known; no simulated run of haiku is saved"
      : `platform about $${about(figures.platformUsd)}, as the simulated run is billed (${simulated!.command})`,
    `at least ${about(figures.minutes)} minutes, if a call takes ${CALL_MS} ms`,
  ].join("\n");
}
