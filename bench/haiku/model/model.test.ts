/**
 * What the simulated model reads and says, M1 to M3.
 */

import { describe, expect, test } from "vitest";
import { DOCUMENT, MODEL } from "../testing.js";
import type { Prompt } from "../validation-body.js";
import { computeCompletion, resolveDocument, resolveTask } from "./model.js";

function ask(system: string, user = DOCUMENT, overrides: Partial<Prompt> = {}) {
  const prompt = {
    model: MODEL,
    maxTokens: 1_000,
    system,
    user,
    inputTokens: 1,
    digest: `${system}/${user}`,
    ...overrides,
  };
  return computeCompletion(1, prompt);
}

describe("resolveTask", () => {
  test.each([
    ["Task: outline", "", "outline"],
    ["task:TONE.\nBe brief.", "", "tone"],
    ["\n  Task: keywords of a document", "", "keywords"],
    ["", "Task: summary\nSome text.", "summary"],
    ["Task: tone", "Task: summary", "tone"],
    ["You are a reviewer.\nTask: tone", "", "anything"],
    ["Task: translate", "", "anything"],
    ["Task: constructor", "", "anything"],
    ["", "", "anything"],
  ])("system %j with user %j is %s", (system, user, task) => {
    expect(resolveTask({ system, user })).toBe(task);
  });
});

describe("resolveDocument", () => {
  test.each([
    ["Task: tone", "Some text.", "Some text."],
    ["", "Task: tone\nSome text.", "Some text."],
    ["Task: tone", "Task: none of yours", "Task: none of yours"],
    ["", "Notes.\n<document>\nSome text.\n</document>\nEnd.", "Some text."],
  ])("system %j with user %j is about %j", (system, user, document) => {
    expect(resolveDocument({ system, user })).toBe(document);
  });
});

describe("computeCompletion", () => {
  test("an outline lists the headings", () => {
    expect(ask("Task: outline").text).toBe("1. Harbour works\n2. Costs");
  });

  test("an outline without headings lists how the paragraphs begin", () => {
    const user = "One two three. Four.\n\na b c d e f g h i j k.";

    expect(ask("Task: outline", user).text).toBe(
      "1. One two three.\n2. a b c d e f g h …",
    );
  });

  test("keywords are the most frequent words that mean something", () => {
    const words = ask("Task: keywords").text.split(", ");

    expect(words.slice(0, 4)).toEqual(["harbour", "wall", "costs", "repair"]);
    expect(words.length).toBeGreaterThanOrEqual(5);
    expect(words).not.toContain("than");
  });

  test("a summary has the first sentence of each paragraph", () => {
    expect(ask("Task: summary").text).toMatch(
      /^[^:]+: The harbour wall needs repair before winter. The repair costs less than a new wall.$/,
    );
  });

  test.each([
    ["urgent", "You must act now. The deadline is near."],
    ["enthusiastic", "What a harbour! What a wall!"],
    ["inquisitive", "Who pays? Who builds? Nobody says."],
    ["technical", "Set `depth` to 4. The wall is 12 m by 3 m."],
    ["conversational", "Our wall is old. We want your help."],
    [
      "formal",
      "The committee responsible for the maintenance of the outer harbour wall has considered the report of the engineers appointed in May.",
    ],
    ["neutral", "The wall is old. It needs repair."],
  ])("the tone is %s", (tone, user) => {
    expect(ask("Task: tone", user).text.split(":")[0]).toBe(tone);
  });

  test("an unknown task gets an answer about the text", () => {
    expect(ask("Be kind.").text).toMatch(/^I read \d+ words.*harbour, wall/);
  });

  test.each(["outline", "tone", "keywords", "summary", "anything"])(
    "%s of nothing is an answer all the same",
    (task) => {
      const user = "<document></document>";

      expect(ask(`Task: ${task}`, user).text).not.toBe("");
    },
  );

  test("the same prompt and seed say the same, another seed may not", () => {
    const prompt = { system: "Task: summary", user: DOCUMENT };
    const full = { ...prompt, model: MODEL, maxTokens: 99, inputTokens: 1 };
    const say = (seed: number) => computeCompletion(seed, { ...full, digest: "d" }).text;
    const texts = [1, 2, 3, 4, 5, 6, 7, 8].map(say);

    expect([1, 2, 3, 4, 5, 6, 7, 8].map(say)).toEqual(texts);
    expect(new Set(texts).size).toBeGreaterThan(1);
  });

  test("an answer of exactly max_tokens is not cut", () => {
    const { text, outputTokens } = ask("Task: outline");
    const exact = ask("Task: outline", DOCUMENT, { maxTokens: outputTokens });
    const short = ask("Task: outline", DOCUMENT, {
      maxTokens: outputTokens - 1,
    });

    expect(exact).toMatchObject({ text, stopReason: "end_turn" });
    expect(short).toMatchObject({
      text: text.slice(0, (outputTokens - 1) * 4),
      stopReason: "max_tokens",
      outputTokens: outputTokens - 1,
    });
  });

  test("a cut never leaves half a character", () => {
    const { text } = ask("Task: outline", "# 𝒶𝒷𝒸𝒹", { maxTokens: 1 });

    expect(text).toBe("1. ");
  });
});
