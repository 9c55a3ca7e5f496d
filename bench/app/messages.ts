/**
 * The calls to the Messages API that the workflows make, through the official SDK, and what
 * each is going to draw.
 *
 * The prompts are those of `--live`. A prompt is a function of the workflow's number and of
 * earlier answers, so that the simulated API's draws for it are known beforehand
 * (`planAttempts`).
 */
import Anthropic from "@anthropic-ai/sdk";
import {
  ANSWER_TOKENS_MAX,
  renderDocument,
  renderSystem,
  TASKS,
} from "../../example/convex/benchPrompts.js";
import {
  computeDraws,
  createState,
  decide,
  SIMULATED_API_KEY,
  type HaikuOptions,
} from "../haiku/index.js";
import { computeCompletion } from "../haiku/model/model.js";
import { parseBody, type Prompt } from "../haiku/validation-body.js";
import type { PlannedAttempt } from "../oracle.js";

/** The model that is asked. */
export const MODEL = "claude-haiku-4-5";
/** Attempts of one call that are planned: more than ever fail in a row. */
const ATTEMPTS_MAX = 50;

/** Asks one question. `earlier` are the answers so far, by call. */
export async function ask(
  index: number,
  call: number,
  earlier: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  // The engine retries, with attempts that survive a crash.
  const client = new Anthropic({ apiKey: SIMULATED_API_KEY, maxRetries: 0 });
  const message = await client.messages.create(
    buildRequest(index, call, earlier),
    signal && { signal },
  );
  return message.content
    .map((block) => (block.type === "text" ? block.text : ""))
    .join("");
}

function buildRequest(
  index: number,
  call: number,
  earlier: readonly string[],
): Anthropic.MessageCreateParamsNonStreaming {
  return {
    model: MODEL,
    max_tokens: ANSWER_TOKENS_MAX,
    system: renderSystem(call),
    messages: [{ role: "user", content: renderDocument(index, earlier) }],
  };
}

/** What the attempts at each call of a workflow will draw, until one succeeds. */
export function planAttempts(index: number, options: HaikuOptions): PlannedAttempt[][] {
  const answers: string[] = [];
  return TASKS.map((_, call) => {
    // The two in the middle are asked at the same time, so neither knows the other's answer.
    const earlier =
      call === 0 ? [] : call < 3 ? answers.slice(0, 1) : answers.slice(0, 3);
    const prompt = readPrompt(index, call, earlier, options);
    answers[call] = computeCompletion(options.seed, prompt).text;
    return planCall(prompt, options);
  });
}

function readPrompt(
  index: number,
  call: number,
  earlier: readonly string[],
  options: HaikuOptions,
): Prompt {
  const parsed = parseBody(buildRequest(index, call, earlier), options);
  if ("failure" in parsed) throw new Error(parsed.failure.message);
  return parsed.prompt;
}

/** The API decides by the very rules of the run, but for its bucket. */
function planCall(prompt: Prompt, options: HaikuOptions): PlannedAttempt[] {
  const state = createState({ ...options, rateLimit: null }, 0);
  const request = { requestId: "", parsed: { kind: "valid" as const, prompt } };
  const attempts: PlannedAttempt[] = [];
  while (attempts.length < ATTEMPTS_MAX) {
    const draws = computeDraws(options.seed, prompt.digest, attempts.length);
    const { kind, delayMs } = decide(request, state, () => draws, 0).outcome;
    attempts.push({ ms: delayMs });
    if (kind === "ok") break;
  }
  return attempts;
}
