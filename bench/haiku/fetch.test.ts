// @vitest-environment edge-runtime
/**
 * The in-process transport, where it has the fewest APIs to rely on.
 */

import { expect, test } from "vitest";
import { createHaiku } from "./api.js";
import { createHaikuFetch } from "./fetch.js";
import { buildBody, INSTANT } from "./testing.js";

type Answer = { content: { text: string }[] };

const HEADERS = {
  "x-api-key": "simulated-key",
  "anthropic-version": "2023-06-01",
};

test("a Request, a URL and a byte body are read like a string", async () => {
  const haikuFetch = createHaikuFetch(createHaiku(INSTANT));
  const url = "https://api.example/v1/messages?beta=true";
  const bytes = new TextEncoder().encode(buildBody());
  const init = { method: "POST", headers: HEADERS };

  const responses = await Promise.all([
    haikuFetch(new Request(url, { ...init, body: buildBody() })),
    haikuFetch(new URL(url), { ...init, body: buildBody() }),
    haikuFetch(url, { ...init, body: bytes }),
  ]);
  const bodies = await Promise.all(
    responses.map(async (one) => (await one.json()) as Answer),
  );

  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(new Set(bodies.map(({ content }) => content[0]?.text)).size).toBe(1);
});

test("a signal that is aborted beforehand reaches nothing", async () => {
  const api = createHaiku(INSTANT);
  const signal = AbortSignal.abort(new Error("too late"));

  const calling = createHaikuFetch(api)("https://api.example/v1/messages", {
    method: "POST",
    headers: HEADERS,
    body: buildBody(),
    signal,
  });

  await expect(calling).rejects.toThrow("too late");
  expect(api.stats().requests).toBe(0);
});
