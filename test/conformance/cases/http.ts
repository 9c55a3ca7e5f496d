/** HTTP actions. */
import { defineSubject } from "../case.js";

export const http = defineSubject("http", {
  post: {
    rule: "a route gets the request, calls functions, and answers with status and headers",
    needs: ["http"],
    observe: async (t) => {
      const headers = { "x-conformance": "yes" };
      const init = { method: "POST", body: "hello", headers };
      const response = await t.fetch("/conformance/echo", init);
      return {
        status: response.status,
        header: response.headers.get("x-conformance"),
        body: await response.text(),
        rows: await t.query("rows:list", { table: "items" }),
      };
    },
    expected: { status: 201, header: "yes", body: "HELLO", rows: [{ key: "hello" }] },
  },
  prefix: {
    rule: "a route of a prefix gets every path under it",
    needs: ["http"],
    observe: async (t) => (await t.fetch("/conformance/under/a/b?c=1")).text(),
    expected: "/conformance/under/a/b?c=1",
  },
  unknown: {
    rule: "a path without a route is not found",
    needs: ["http"],
    observe: async (t) => (await t.fetch("/conformance/nothing")).status,
    expected: 404,
  },
  wrongMethod: {
    rule: "a path with a route of another method is not found",
    needs: ["http"],
    observe: async (t) => (await t.fetch("/conformance/echo")).status,
    expected: 404,
  },
});
