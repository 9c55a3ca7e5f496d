/**
 * The calls to the Messages API that the workflows make, and what each is going to draw.
 *
 * Client and prompts are those of the example, and of `--live`. A prompt is a function of the workflow's number and of
 * earlier answers, so that the simulated API's draws for it are known beforehand
 * (`planAttempts`).
 */
import {
  ANSWER_TOKENS_MAX,
  renderDocument,
  renderSystem,
  TASKS,
} from "../../example/convex/benchPrompts.js";
import {
  MODEL,
  readText,
  send,
  type Question,
} from "../../example/convex/messagesApi.js";
import { computeDraws, createState, decide, type HaikuOptions } from "../haiku/index.js";
import { computeCompletion } from "../haiku/model/model.js";
import { parseBody, type Prompt } from "../haiku/validation-body.js";
import type { PlannedAttempt } from "../oracle.js";

/** Attempts of one call that are planned: more than ever fail in a row. */
const ATTEMPTS_MAX = 50;

/** Whom a call may listen to, and tell what it is told: nobody by default. */
export type Listeners = Partial<Parameters<typeof send>[0]>;

/** Asks one question. `earlier` are the answers so far, by call. */
export async function ask(
  index: number,
  call: number,
  earlier: readonly string[],
  { signal = new AbortController().signal, reportLimits = () => undefined }: Listeners,
): Promise<string> {
  const question = describeQuestion(index, call, earlier);
  return readText(await send({ signal, reportLimits }, question));
}

function describeQuestion(
  index: number,
  call: number,
  earlier: readonly string[],
): Question {
  return {
    system: renderSystem(call),
    text: renderDocument(index, earlier),
    tokensMax: ANSWER_TOKENS_MAX,
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
  const { system, text, tokensMax } = describeQuestion(index, call, earlier);
  const messages = [{ role: "user", content: text }];
  const body = { model: MODEL, max_tokens: tokensMax, system, messages };
  const parsed = parseBody(body, options);
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
