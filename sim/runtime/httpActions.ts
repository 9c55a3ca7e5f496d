/**
 * HTTP actions: what a deployment answers to requests on its site.
 *
 * Owns routing by the app's `http` module; an HTTP action is an action otherwise.
 */
import type { FunctionCalls } from "./calls.js";
import { FunctionFailure } from "./failure.js";
import type { CallableFunction } from "./code.js";
import type { RequestContext } from "./request.js";
import type { Services } from "./services.js";

/** What `httpRouter()` offers. */
interface Router {
  lookup(path: string, method: string): [HttpAction, ...unknown[]] | null;
}
interface HttpAction {
  invokeHttpAction(request: Request): Promise<Response>;
}

const SITE = "https://embedded.convex.invalid";

/** Answers a request as the site would. */
export async function answerRequest(
  services: Services,
  calls: FunctionCalls,
  request: RequestContext,
  path: string,
  init?: RequestInit,
): Promise<Response> {
  if (!path.startsWith("/")) {
    throw new TypeError(`The path of a request has to start with "/", not be "${path}".`);
  }
  const url = new URL(SITE + path);
  const router = services.code.module("", "http")?.default as Router | undefined;
  const found = router?.lookup(url.pathname, init?.method ?? "GET");
  if (!found) {
    return new Response(`No matching routes found for ${url.pathname}`, { status: 404 });
  }
  let response!: Response;
  const fn = asAction(async () => {
    response = await found[0].invokeHttpAction(new Request(url, init));
    return "null";
  });
  try {
    await calls.action({ path: fn.path, args: "{}", request, fn });
    return response;
  } catch (error) {
    if (!(error instanceof FunctionFailure)) throw error;
    const status = error.kind === "overload" ? 503 : 500;
    return Response.json({ code: error.code, message: error.message }, { status });
  }
}

/** The router's function under the life of an action. */
function asAction(invoke: () => Promise<string>): CallableFunction {
  return {
    path: { component: "", udfPath: "http:request" },
    kind: "action",
    visibility: "public",
    args: { type: "any" },
    returns: null,
    registered: { invokeAction: invoke } as unknown as CallableFunction["registered"],
  };
}
