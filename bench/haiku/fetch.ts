/**
 * The in-process transport: a `fetch` that goes nowhere. Uses web-standard APIs only, so
 * that it runs wherever `fetch` does.
 */

import type { HaikuApi } from "./api.js";
import type { HaikuRequest } from "./protocol.js";

/**
 * Creates a `fetch` whose every request goes to the simulation, whatever its host.
 *
 * It rejects as the real one does: with the signal's reason on an abort, and with
 * `TypeError("fetch failed")` and a cause when the connection drops.
 */
export function createHaikuFetch(api: HaikuApi): typeof fetch {
  return async (input, init) => {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    const request = await readRequest(input, init);
    const result = await api.handle(request, signal);
    if (result.kind === "dropped") throw createDropError();
    const { status, headers, body } = result.response;
    return new Response(body, { status, headers });
  };
}

async function readRequest(
  input: RequestInfo | URL,
  init: RequestInit | undefined,
): Promise<HaikuRequest> {
  const body = init?.body ?? "";
  if (input instanceof Request || typeof body !== "string") {
    return readWebRequest(new Request(input, init));
  }
  // What the SDK sends. A `Request` would cost more than the rest of the simulation.
  return {
    method: init?.method ?? "GET",
    path: new URL(input).pathname,
    headers: new Headers(init?.headers),
    body,
    bodyBytes: new TextEncoder().encode(body).byteLength,
  };
}

async function readWebRequest(request: Request): Promise<HaikuRequest> {
  const bytes = await request.arrayBuffer();
  return {
    method: request.method,
    path: new URL(request.url).pathname,
    headers: request.headers,
    body: new TextDecoder().decode(bytes),
    bodyBytes: bytes.byteLength,
  };
}

/** What undici throws when the peer closes the socket. */
function createDropError(): TypeError {
  const cause = Object.assign(new Error("other side closed"), {
    code: "UND_ERR_SOCKET",
  });
  return new TypeError("fetch failed", { cause });
}
