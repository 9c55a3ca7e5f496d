/** HTTP actions: finds the route of a request and runs its handler. */
import { currentComponentPath, executions, requests } from "./contexts.js";
import { httpActionGeneric } from "./convexPackage.js";
import { currentDeployment } from "./deployment.js";
import { executionOf, invokable, requestOf, type Caller } from "./executions.js";
import { handlerOf } from "./functions.js";
import { runWithActionGlobals } from "./globals.js";
import { action, mutation, query } from "./run.js";

/** Where the app under test is said to be served. */
const SITE = "https://some.convex.site";

/** A router as `httpRouter()` returns it. */
interface Router {
  lookup(path: string, method: string): readonly [object, ...unknown[]] | null;
}

export async function fetchFromRouter(
  caller: Caller,
  path: string,
  init?: RequestInit,
): Promise<Response> {
  const component = currentDeployment().component(currentComponentPath());
  const router = (await component.load("http")).default as Router;
  if (!path.startsWith("/")) {
    throw new Error("Path given to `t.fetch` must start with a `/`");
  }
  const url = new URL(SITE + path);
  const route = router.lookup(url.pathname, init?.method ?? "GET");
  if (!route) {
    return new Response(`No HttpAction routed for ${url.pathname}`, { status: 404 });
  }
  const handler = handlerOf(route[0]);
  const httpAction = httpActionGeneric((ctx, request) => {
    const context = { ...ctx, ...httpCalls(caller), auth: caller.auth };
    return runWithActionGlobals(
      () => handler(context as never, request as never) as Promise<Response>,
    );
  });
  const execution = executionOf(
    { componentPath: currentComponentPath(), udfPath: "http" },
    "http",
  );
  const metadata = requestOf(caller);
  // Awaited so that a call takes as many turns as in convex-test.
  const response = await executions.run(execution, () =>
    requests.run(metadata, () =>
      invokable(httpAction).invokeHttpAction(new Request(url, init)),
    ),
  );
  return response;
}

/** The `ctx.run*` of an HTTP action also take a handler in place of a reference. */
function httpCalls(caller: Caller) {
  return {
    runQuery: (target: unknown, args?: unknown) => query(caller, target, args),
    runMutation: (target: unknown, args?: unknown) => mutation(caller, target, args),
    runAction: (target: unknown, args?: unknown) => action(caller, target, args),
  };
}
