/**
 * The simulated model: finds the task and the document in a prompt, and answers. Its text
 * is a function of the seed and the prompt alone, so that a retried request gets the answer
 * that the lost one would have had.
 *
 * How a prompt names its task and its document:
 * M1. The task is the first word after `Task:` on the first line of the system prompt or,
 *     if there is none, of the user text. Case does not matter.
 * M2. The document is what stands between `<document>` and `</document>` in the user text;
 *     without those tags it is the whole user text, less the line of M1.
 * M3. An unknown or missing task gets a general answer, never an error.
 */

import { createUniform } from "../draws.js";
import type { Completion } from "../protocol.js";
import type { Prompt } from "../validation-body.js";
import {
  type Answer,
  answerAnything,
  answerKeywords,
  answerOutline,
  answerSummary,
  answerTone,
} from "./answers.js";
import { countTokens, cutToTokens } from "./tokens.js";

/** The tasks that the model knows; anything else is `"anything"`. */
export type Task = "outline" | "tone" | "keywords" | "summary" | "anything";

const ANSWERS: Readonly<Record<Task, Answer>> = {
  outline: answerOutline,
  tone: answerTone,
  keywords: answerKeywords,
  summary: answerSummary,
  anything: answerAnything,
};

const TASK_LINE = /^\s*Task:[ \t]*([a-z]+).*/i;
const DOCUMENT = /<document>([\s\S]*?)<\/document>/;

/** Finds the task that a prompt names (M1, M3). */
export function resolveTask({ system, user }: Pick<Prompt, TextField>): Task {
  const name = (TASK_LINE.exec(system) ?? TASK_LINE.exec(user))?.[1];
  const task = name?.toLowerCase() ?? "";
  return Object.hasOwn(ANSWERS, task) ? (task as Task) : "anything";
}

/** Finds the document that a prompt is about (M2). */
export function resolveDocument({ system, user }: Pick<Prompt, TextField>): string {
  const tagged = DOCUMENT.exec(user)?.[1];
  if (tagged !== undefined) return tagged.trim();
  return TASK_LINE.test(system) ? user : user.replace(TASK_LINE, "").trim();
}

/** Answers a prompt, cut off at its `max_tokens`. */
export function computeCompletion(seed: number, prompt: Prompt): Completion {
  const uniform = createUniform(["text", seed, prompt.digest]);
  const answer = ANSWERS[resolveTask(prompt)];
  const text = answer(resolveDocument(prompt), (count) => Math.floor(uniform() * count));
  const isCut = countTokens(text) > prompt.maxTokens;
  const said = isCut ? cutToTokens(text, prompt.maxTokens) : text;
  return {
    model: prompt.model,
    text: said,
    stopReason: isCut ? "max_tokens" : "end_turn",
    inputTokens: prompt.inputTokens,
    outputTokens: countTokens(said),
  };
}

type TextField = "system" | "user";
