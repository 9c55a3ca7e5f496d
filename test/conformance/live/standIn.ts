/**
 * A deployment's HTTP function API on the loopback, served by a deployment in this process.
 *
 * Owns: the protocol as ConvexHttpClient speaks it, admin keys included.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { convexToJson, jsonToConvex } from "convex/values";

import type { Deployment } from "../target.js";

/** The status with which a deployment answers when the function failed. */
const FUNCTION_FAILED = 560;

/** What answers the calls. */
export type Served = Pick<
  Deployment,
  "query" | "mutation" | "action" | "withIdentity"
> & {
  /** A function of whatever kind, of the app or of a component, as `npx convex run` calls. */
  function?(name: string, args: Record<string, unknown>, component: string): Promise<any>;
};

export interface StandIn {
  readonly url: string;
  close(): Promise<void>;
}

export async function serve(deployment: Served, adminKey: string): Promise<StandIn> {
  const server = createServer((request, response) => {
    void answer(deployment, adminKey, request).then(({ status, body }) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: async () => await close(server) };
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

interface Answer {
  status: number;
  body: unknown;
}

async function answer(
  deployment: Served,
  adminKey: string,
  request: IncomingMessage,
): Promise<Answer> {
  const [scheme, token = ""] = (request.headers.authorization ?? "").split(" ");
  const [key, identity] = token.split(":");
  if (scheme !== "Convex" || key !== adminKey) {
    const body = { code: "BadAdminKey", message: "The provided admin key was invalid" };
    return { status: 403, body };
  }
  const caller: Served =
    identity === undefined ? deployment : deployment.withIdentity(decode(identity));
  const kind = /^\/api\/(query|mutation|action|function)$/.exec(request.url ?? "")?.[1];
  const call = caller[kind as "query" | "mutation" | "action" | "function"];
  if (call === undefined) {
    return { status: 404, body: { code: "NotFound", message: `no ${request.url}` } };
  }
  const { path, args, componentPath = "" } = JSON.parse(await readBody(request));
  const given = jsonToConvex(kind === "function" ? args : args[0]);
  try {
    const value = await call(path, given as Record<string, unknown>, componentPath);
    return { status: 200, body: { status: "success", value: convexToJson(value) } };
  } catch (error) {
    // One with a status of its own is not of the function, but of the way to it.
    const { status = FUNCTION_FAILED } = error as { status?: number };
    return { status, body: toErrorBody(error) };
  }
}

function decode(identity: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(identity, "base64").toString("utf8"));
}

function toErrorBody(error: unknown): object {
  const { message, data } = error as { message: string; data?: any };
  return {
    status: "error",
    errorMessage: message,
    ...(data === undefined ? {} : { errorData: convexToJson(data) }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
  }
  return text;
}
