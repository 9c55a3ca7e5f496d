/** HTTP actions of the app. */
import { httpActionGeneric, httpRouter, makeFunctionReference } from "convex/server";

const http = httpRouter();

http.route({
  path: "/conformance/echo",
  method: "POST",
  handler: httpActionGeneric(async (ctx, request) => {
    const body = await request.text();
    const insert = makeFunctionReference<"mutation">("rows:insert");
    await ctx.runMutation(insert, { table: "items", rows: [{ key: body }] });
    return new Response(body.toUpperCase(), {
      status: 201,
      headers: { "x-conformance": request.headers.get("x-conformance") ?? "none" },
    });
  }),
});

http.route({
  pathPrefix: "/conformance/under/",
  method: "GET",
  handler: httpActionGeneric(async (_, request) => {
    const { pathname, search } = new URL(request.url);
    return new Response(`${pathname}${search}`);
  }),
});

export default http;
