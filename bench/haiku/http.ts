/**
 * The HTTP transport: the simulation behind a real socket, on the loopback interface only.
 * Kept out of `index.ts`, because `node:http` exists in Node alone.
 */

import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { HaikuApi } from "./api.js";
import { KEEP_ALIVE_MS, LOOPBACK_HOST } from "./constants.js";
import type { HaikuRequest } from "./protocol.js";

/** A running server. */
export interface HaikuServer {
  /** What to give the SDK as `baseURL`. */
  readonly url: string;
  /** Ends every connection, hence every request in flight, and stops listening. */
  close(): Promise<void>;
}

/**
 * Serves the simulation over HTTP.
 * @param options.port the port to listen on; 0 or none takes a free one
 */
export async function serveHaiku(
  api: HaikuApi,
  { port = 0 }: { readonly port?: number } = {},
): Promise<HaikuServer> {
  const server = createServer((incoming, outgoing) => {
    // Nothing but a broken client or a bug ends up here; neither may take the server along.
    answer(api, incoming, outgoing).catch((error: Error) => outgoing.destroy(error));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await listen(server, port);
  const address = server.address() as AddressInfo;
  return {
    url: `http://${LOOPBACK_HOST}:${address.port}`,
    close: () => close(server),
  };
}

async function answer(
  api: HaikuApi,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const controller = new AbortController();
  // After a complete answer this aborts what has already ended, which is harmless.
  outgoing.on("close", () => controller.abort());
  const request = await readRequest(incoming, api.options.bodyBytesMax);
  const result = await api.handle(request, controller.signal);
  if (result.kind === "dropped") {
    incoming.socket.destroy();
    return;
  }
  const { status, headers, body } = result.response;
  const contentLength = Buffer.byteLength(body);
  outgoing.writeHead(status, { ...headers, "content-length": contentLength });
  outgoing.end(body);
}

/** Reads a body that is too large to its end, but keeps only its size. */
async function readRequest(
  incoming: IncomingMessage,
  bodyBytesMax: number,
): Promise<HaikuRequest> {
  const chunks: Buffer[] = [];
  let bodyBytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bodyBytes += chunk.byteLength;
    if (bodyBytes <= bodyBytesMax) chunks.push(chunk);
  }
  return {
    method: incoming.method ?? "",
    path: new URL(incoming.url ?? "", `http://${LOOPBACK_HOST}`).pathname,
    headers: { get: (name) => readHeader(incoming, name) },
    body: Buffer.concat(chunks).toString(),
    bodyBytes,
  };
}

function readHeader(incoming: IncomingMessage, name: string): string | null {
  const value = incoming.headers[name];
  return Array.isArray(value) ? value.join(", ") : (value ?? null);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOOPBACK_HOST, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
