/** What is a transaction: the rules of the counter, on functions that only look registered. */
import { describe, expect, test } from "vitest";
import { TransactionCounter } from "./counting.js";

type Body = () => Promise<unknown>;
type Call = () => Promise<unknown>;

/** Wraps functions as a backend would find them, and answers how to call each. */
async function wrap(functions: Record<string, ["query" | "mutation" | "action", Body]>) {
  const counter = new TransactionCounter();
  const module = Object.fromEntries(
    Object.entries(functions).map(([name, [kind, _handler]]) => {
      const flag = { query: "isQuery", mutation: "isMutation", action: "isAction" }[kind];
      return [name, Object.assign(() => {}, { [flag]: true, _handler })];
    }),
  );
  const wrapped = await counter.wrapModules("part", { "./a/b.ts": async () => module })[
    "./a/b.ts"
  ]!();
  const call = (name: string): Call => (wrapped[name] as { _handler: Call })._handler;
  const counts = () =>
    Object.fromEntries(
      counter.counts().map(({ name, caller, count }) => [`${caller} > ${name}`, count]),
    );
  return { call, counts };
}

describe("TransactionCounter", () => {
  test("counts each call of a query or mutation, failed ones included", async () => {
    const { call, counts } = await wrap({
      read: ["query", async () => 1],
      write: ["mutation", async () => Promise.reject(new Error("refused"))],
    });

    await call("read")();
    await call("read")();
    await expect(call("write")()).rejects.toThrow("refused");

    expect(counts()).toEqual({
      "outside > part/a/b:read": 2,
      "outside > part/a/b:write": 1,
    });
  });

  test("what a transaction calls is part of it", async () => {
    const { call, counts } = await wrap({
      outer: ["mutation", async () => await call("inner")()],
      inner: ["mutation", async () => 1],
    });

    await call("outer")();

    expect(counts()).toEqual({ "outside > part/a/b:outer": 1 });
  });

  test("an action is no transaction, and is named as the caller", async () => {
    const { call, counts } = await wrap({
      act: ["action", async () => await Promise.all([call("read")(), call("read")()])],
      read: ["query", async () => 1],
    });

    await call("act")();

    expect(counts()).toEqual({ "part/a/b:act > part/a/b:read": 2 });
  });

  test("what a transaction schedules is a transaction of its own", async () => {
    let scheduled: Promise<unknown> | undefined;
    const { call, counts } = await wrap({
      outer: [
        "mutation",
        async () => {
          scheduled = new Promise((resolve) => setTimeout(resolve)).then(call("later"));
        },
      ],
      later: ["mutation", async () => 1],
    });

    await call("outer")();
    await scheduled;

    expect(counts()).toEqual({
      "outside > part/a/b:outer": 1,
      "scheduler > part/a/b:later": 1,
    });
  });
});
