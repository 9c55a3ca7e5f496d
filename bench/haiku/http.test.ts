// @vitest-environment node
/**
 * The HTTP transport.
 */

import { afterEach, expect, test } from "vitest";
import { createHaiku } from "./api.js";
import { type HaikuServer, serveHaiku } from "./http.js";
import type { HaikuOptions } from "./options.js";
import { buildBody, INSTANT, recordEnds, VirtualClock } from "./testing.js";

const servers: HaikuServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(overrides: Partial<HaikuOptions> = {}): Promise<string> {
  const server = await serveHaiku(createHaiku({ ...INSTANT, ...overrides }));
  servers.push(server);
  return server.url;
}

const HEADERS = {
  "x-api-key": "simulated-key",
  "anthropic-version": "2023-06-01",
};

test("it listens on the loopback interface", async () => {
  const url = await serve();

  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test("a wrong method is a 405 that names the right one", async () => {
  const url = await serve();

  const response = await fetch(`${url}/v1/messages`, { headers: HEADERS });

  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe("POST");
});

test("a body over the limit is read to its end and refused", async () => {
  const url = await serve({ bodyBytesMax: 1_000 });
  const content = "x".repeat(1_000_000);

  const response = await fetch(`${url}/v1/messages?beta=true`, {
    method: "POST",
    headers: HEADERS,
    body: buildBody({ messages: [{ role: "user", content }] }),
  });

  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({
    error: { type: "request_too_large" },
  });
});

test("a body of several chunks keeps its characters", async () => {
  const url = await serve();
  // Odd bytes before two-byte characters: some chunk ends in the middle of one.
  const content = `x${"Ä".repeat(700_000)}. Ende.`;

  const response = await fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: HEADERS,
    body: buildBody({
      max_tokens: 64_000,
      system: "Task: outline",
      messages: [{ role: "user", content }],
    }),
  });
  const { content: blocks } = (await response.json()) as { content: { text: string }[] };

  expect(response.status).toBe(200);
  expect(blocks[0]?.text).not.toContain("\uFFFD");
});

test("closing the server ends the requests in flight", async () => {
  const clock = new VirtualClock();
  const { api, ends } = recordEnds(createHaiku(INSTANT, clock));
  const server = await serveHaiku(api);

  const calling = fetch(`${server.url}/v1/messages`, {
    method: "POST",
    headers: HEADERS,
    body: buildBody(),
  }).catch((caught: unknown) => caught);
  await clock.whenSleeping(1);
  await server.close();
  await ends[0];

  expect(await calling).toBeInstanceOf(TypeError);
  expect(api.stats()).toMatchObject({ aborted: 1, inFlight: 0 });
});
