/**
 * Every refusal, and its place in the order.
 */

import { describe, expect, test } from "vitest";
import { buildBody, buildOptions, buildRequest, DOCUMENT, MODEL } from "./testing.js";
import { parseRequest } from "./validation.js";

const OPTIONS = buildOptions();

/** Parses a request that has to be refused: `status type: message`. */
function refuse(
  overrides: Parameters<typeof buildRequest>[0],
  options = OPTIONS,
): string {
  const parsed = parseRequest(buildRequest(overrides), options);
  if (parsed.kind === "valid") return "valid";
  const { status, type, message } = parsed.failure;
  return `${status} ${type}: ${message}`;
}

const refuseBody = (overrides: Record<string, unknown>) =>
  refuse({ body: buildBody(overrides) });

/** Parses a request that has to be valid. */
function accept(overrides: Record<string, unknown> = {}) {
  const request = buildRequest({ body: buildBody(overrides) });
  const parsed = parseRequest(request, OPTIONS);
  if (parsed.kind === "valid") return parsed.prompt;
  throw new Error(parsed.failure.message);
}

const VERSION = { "anthropic-version": "2023-06-01" };
const KEY = { "x-api-key": "simulated-key" };

describe("parseRequest, before the body", () => {
  test.each<[string, Parameters<typeof buildRequest>[0], string]>([
    ["another route", { path: "/v1/complete" }, "404 not_found_error: Not Found"],
    ["another method", { method: "GET" }, "405 invalid_request_error: Method"],
    ["too many bytes", { bodyBytes: 33_554_433 }, "413 request_too_large: "],
    ["no key", { headers: VERSION }, "401 authentication_error: x-api-key header"],
    [
      "a wrong key",
      { headers: { ...VERSION, "x-api-key": "no" } },
      "401 authentication_error: invalid x-api-key",
    ],
    [
      "a wrong bearer token",
      { headers: { ...VERSION, authorization: "Bearer no" } },
      "401 authentication_error: Invalid bearer token",
    ],
    [
      "another scheme",
      { headers: { ...VERSION, authorization: "simulated-key" } },
      "401 authentication_error: Invalid bearer token",
    ],
    [
      "no version",
      { headers: KEY },
      "400 invalid_request_error: anthropic-version: header",
    ],
    [
      "a version that is no date",
      { headers: { ...KEY, "anthropic-version": "latest" } },
      '400 invalid_request_error: anthropic-version: "latest" is not',
    ],
    ["no JSON", { body: "{" }, "400 invalid_request_error: The request body"],
    ["no body", { body: "" }, "400 invalid_request_error: The request body"],
    ["a JSON null", { body: "null" }, "400 invalid_request_error: Input should"],
    ["a JSON list", { body: "[]" }, "400 invalid_request_error: Input should"],
  ])("%s is refused", (_, overrides, refusal) => {
    expect(refuse(overrides).startsWith(refusal)).toBe(true);
  });

  test("a body of exactly the limit passes", () => {
    expect(refuse({ bodyBytes: 33_554_432 })).toBe("valid");
  });

  test("a bearer token passes like a key", () => {
    const headers = { ...VERSION, authorization: "bearer simulated-key" };

    expect(refuse({ headers })).toBe("valid");
  });

  test("the first fault is the one that is told", () => {
    const all = { path: "/", method: "GET", headers: {}, body: "{" };

    expect(refuse(all)).toMatch(/^404/);
    expect(refuse({ ...all, path: "/v1/messages" })).toMatch(/^405/);
    expect(refuse({ headers: {}, body: "{" })).toMatch(/^401/);
    expect(refuse({ headers: KEY, body: "{" })).toMatch(/anthropic-version/);
  });
});

const content = (value: unknown) => ({
  messages: [{ role: "user", content: value }],
});

describe("parseRequest, in the body", () => {
  test.each<[Record<string, unknown>, string]>([
    [{ model: undefined }, "model: Field required"],
    [{ max_tokens: undefined }, "max_tokens: Field required"],
    [{ messages: undefined }, "messages: Field required"],
    [{ model: 4 }, "model: Input should be a valid string"],
    [{ max_tokens: "10" }, "max_tokens: Input should be a valid integer"],
    [{ max_tokens: 1.5 }, "max_tokens: Input should be a valid integer"],
    [{ max_tokens: 0 }, "max_tokens: Input should be greater than or equal to 1"],
    [{ max_tokens: 64_001 }, "max_tokens: 64001 > 64000, which is the maximum"],
    [{ messages: {} }, "messages: Input should be a valid list"],
    [{ messages: [] }, "messages: at least one message is required"],
    [{ messages: ["hi"] }, "messages.0: Input should be a valid dictionary"],
    [{ messages: [{ content: "hi" }] }, "messages.0.role: Field required"],
    [{ messages: [{ role: "tool", content: "hi" }] }, "messages.0.role: Input"],
    [{ messages: [{ role: "user" }] }, "messages.0.content: Field required"],
    [
      { messages: [{ role: "assistant", content: "hi" }] },
      'messages: first message must use the "user" role',
    ],
    [content(4), "messages.0.content: Input should be a valid string or"],
    [content(""), "messages.0: content must not be empty"],
    [content([]), "messages.0: content must not be empty"],
    [content(["hi"]), "messages.0.content.0: Input should be a valid dictionary"],
    [content([{ text: "hi" }]), "messages.0.content.0.type: Field required"],
    [content([{ type: "image" }]), "messages.0.content.0.type: only 'text'"],
    [content([{ type: "text" }]), "messages.0.content.0.text: Input should"],
    [content([{ type: "text", text: "" }]), "messages.0.content.0: text content"],
    [content("x".repeat(800_000)), "prompt is too long: 200004 tokens > 200000"],
    [{ system: 4 }, "system: Input should be a valid string or a valid list"],
    [{ system: [{ type: "text", text: 4 }] }, "system.0.text: Input should"],
    [{ stream: true }, "stream: not modelled"],
    [{ tools: [{}] }, "tools: not modelled"],
    [{ colour: "red" }, "colour: Extra inputs are not permitted"],
  ])("%j is refused", (overrides, message) => {
    const refusal = refuseBody(overrides);

    expect(refusal.startsWith(`400 invalid_request_error: ${message}`)).toBe(true);
  });

  test("an unknown model is a 404", () => {
    expect(refuseBody({ model: "claude-nobody" })).toBe(
      "404 not_found_error: model: claude-nobody",
    );
  });

  test("what changes nothing is accepted", () => {
    const prompt = accept({
      metadata: { user_id: "someone" },
      temperature: 0,
      stream: false,
      tools: [],
      thinking: null,
    });

    expect(prompt).toEqual(accept());
  });

  test("a prompt has its texts, its limit and its estimated tokens", () => {
    expect(accept()).toEqual({
      model: MODEL,
      maxTokens: 1_000,
      system: "Task: keywords",
      user: DOCUMENT,
      inputTokens: Math.ceil((14 + DOCUMENT.length) / 4),
      digest: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
    });
  });

  test("a later system message joins the system prompt, an assistant's is not read", () => {
    const prompt = accept({
      messages: [
        { role: "user", content: "one" },
        { role: "assistant", content: "two" },
        { role: "system", content: "three" },
        { role: "user", content: [{ type: "text", text: "four" }] },
      ],
    });

    expect(prompt.user).toBe("one\n\nfour");
    expect(prompt.system).toBe("Task: keywords\n\nthree");
  });

  test("the digest tells prompts apart, not their spelling", () => {
    const { digest } = accept(content("hi"));

    expect(accept(content([{ type: "text", text: "hi" }])).digest).toBe(digest);
    expect(accept(content("ho")).digest).not.toBe(digest);
    expect(accept({ ...content("hi"), max_tokens: 9 }).digest).not.toBe(digest);
    expect(accept({ ...content("hi"), system: "" }).digest).not.toBe(digest);
  });
});
