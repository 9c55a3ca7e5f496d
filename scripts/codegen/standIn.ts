/**
 * A stand-in for a deployment, on the loopback interface, for the two requests that
 * `convex codegen` makes. No Convex deployment, account or network is needed.
 *
 * Owns: the HTTP server. Nothing is stored and nothing is run but the analysis.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp } from "node:fs/promises";
import path from "node:path";
import { brotliDecompressSync } from "node:zlib";

import { resolvePushedComponents, type PushRequest } from "../push/pushRequest.js";
import { analyzePush } from "./analysis.js";

/** Runs `work` with the address of a stand-in that keeps its files in `directory`. */
export async function withStandIn<T>(
  directory: string,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const server = createServer((request, response) => {
    answer(request, directory).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        // The CLI prints code and message, then exits with 1.
        const message = error instanceof Error ? (error.stack ?? "") : String(error);
        send(response, 400, { code: "AnalysisFailed", message });
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await work(`http://127.0.0.1:${port}`);
  } finally {
    server.close();
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

async function answer(request: IncomingMessage, directory: string): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  switch (request.url) {
    case "/api/get_config_hashes":
      // No module is known, so the CLI pushes all of them.
      return {
        config: { functions: "convex/" },
        moduleHashes: [],
        nodeDependencies: [],
        udfServerVersion: "offline",
      };
    case "/api/deploy2/start_push": {
      const body = brotliDecompressSync(Buffer.concat(chunks)).toString("utf8");
      return await answerPush(JSON.parse(body) as PushRequest, directory);
    }
    default:
      throw new Error(`the stand-in does not answer ${request.url}`);
  }
}

async function answerPush(request: PushRequest, directory: string): Promise<unknown> {
  // Node caches modules by path: two pushes must not share files.
  const files = await mkdtemp(path.join(directory, "analysis-"));
  return {
    environmentVariables: {},
    externalDepsId: null,
    componentDefinitionPackages: {},
    appAuth: [],
    analysis: await analyzePush(resolvePushedComponents(request), files),
    // Generated code depends on the analysis alone; the checked tree may be empty.
    app: {
      definitionPath: "",
      componentPath: "",
      args: {},
      childComponents: {},
      httpRoutes: { httpModuleRoutes: null, mounts: [] },
      exports: {},
    },
    schemaChange: { allocatedComponentIds: {}, schemaIds: {} },
  };
}
