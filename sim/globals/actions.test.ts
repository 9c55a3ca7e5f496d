/** Timers and fetch: live in actions, refused in transactions, dead with their action. */
import { AsyncLocalStorage } from "node:async_hooks";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as afterRealTime } from "node:timers";

import { afterEach, describe, expect, test, vi } from "vitest";

import { actionScope, START, transactionScope } from "./testScopes.js";

const servers: Server[] = [];

afterEach(() => {
  vi.unstubAllGlobals();
  for (const server of servers.splice(0)) server.close();
});

describe("timers in an action", () => {
  test("fire on the clock, in order, with their arguments", async () => {
    const seen = await actionScope().run(async () => {
      const log: string[] = [];
      const note = (name: string): void => void log.push(`${name} ${Date.now() - START}`);
      setTimeout(note, 20, "b");
      setTimeout(note, 10, "a");
      clearTimeout(setTimeout(note, 5, "no"));
      const interval = setInterval(() => {
        note("tick");
        if (log.length >= 5) clearInterval(interval);
      }, 15);
      await new Promise((resolve) => void setTimeout(resolve, 200));
      return log;
    });

    expect(seen).toEqual(["a 10", "tick 15", "b 20", "tick 30", "tick 45"]);
  });

  test("a callback keeps the contexts of where its timer was set", async () => {
    const storage = new AsyncLocalStorage<string>();

    const seen = await actionScope().run(async () => {
      return await new Promise<string | undefined>((resolve) => {
        storage.run("user", () => void setTimeout(() => resolve(storage.getStore()), 1));
      });
    });

    expect(seen).toBe("user");
  });

  test("no timer fires once the action is over", async () => {
    let isEnded = false;
    const fired: number[] = [];
    const scope = actionScope({ isEnded: () => isEnded });

    await scope.run(async () => {
      setInterval(() => fired.push(Date.now() - START), 10);
      await new Promise((resolve) => void setTimeout(resolve, 25));
      isEnded = true;
    });
    await scope.clock.drive({ to: START + 1_000 });

    expect(fired).toEqual([10, 20]);
  });

  test("what a callback throws ends the action through its runner", async () => {
    const scope = actionScope();

    await scope.run(async () => {
      setTimeout(() => {
        throw new Error("broken");
      }, 1);
      await new Promise((resolve) => void setTimeout(resolve, 2));
    });

    expect(scope.uncaught).toEqual([new Error("broken")]);
  });

  test("AbortSignal.timeout is on the clock and makes real signals", async () => {
    await actionScope().run(async () => {
      const signal = AbortSignal.timeout(50);
      expect(signal instanceof AbortSignal).toBe(true);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      expect(Date.now() - START).toBe(50);
      expect((signal.reason as Error).name).toBe("TimeoutError");
      expect(AbortSignal.abort().aborted).toBe(true);
    });
  });
});

describe("fetch in an action", () => {
  test("is the one that was configured, and sees no globals of the function", async () => {
    const fetch = async (url: unknown): Promise<Response> =>
      new Response(`${String(url)} ${Date.now() > START * 1_000}`);

    const text = await actionScope({ fetch }).run(
      async () => await (await globalThis.fetch("https://example.test/")).text(),
    );

    expect(text).toBe("https://example.test/ true");
  });

  test("is a stub of the test if there is one", async () => {
    vi.stubGlobal("fetch", async () => ({ json: async () => 5 }));

    const json = await actionScope().run(
      async () => (await (await fetch("https://example.test/")).json()) as number,
    );

    expect(json).toBe(5);
  });

  test("a real body is there for whoever reads it, however often it was looked at", async () => {
    const url = await serveSlowly();

    const read = await actionScope().run(async () => {
      const response = await fetch(url);
      return [response.body instanceof ReadableStream, await response.text()];
    });

    expect(read).toEqual([true, "onetwo"]);
  });

  test("time stands still for a real server, answer and body", async () => {
    const url = await serveSlowly();
    const scope = actionScope();

    const result = await scope.run(async () => {
      const log: unknown[] = [];
      setTimeout(() => log.push("timer"), 1);
      const response = await fetch(url);
      log.push(response.ok, response.headers.get("x-name"), response instanceof Response);
      log.push(await response.clone().text(), Date.now() - START);
      const decoder = new TextDecoder();
      const reader = response.body!.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        log.push(decoder.decode(value));
      }
      log.push(Date.now() - START);
      await new Promise((resolve) => void setTimeout(resolve, 2));
      return log;
    });

    expect(result).toEqual([true, "slow", true, "onetwo", 0, "one", "two", 0, "timer"]);
  });

  test("is not answered once the action is over", async () => {
    let isEnded = false;
    const scope = actionScope({
      isEnded: () => isEnded,
      fetch: async () => {
        isEnded = true;
        return new Response();
      },
    });

    await expect(scope.run(() => fetch("https://example.test/"))).rejects.toThrow(
      "never comes",
    );
  });

  test("operations are told before and after, and may end the action there", async () => {
    const seen: string[] = [];
    const scope = actionScope({
      fetch: async () => new Response("x"),
      onOperation: (operation, phase) => seen.push(`${phase} ${operation}`),
    });

    await scope.run(async () => {
      await fetch("https://example.test/");
      await new Promise((resolve) => void setTimeout(resolve, 1));
    });

    expect(seen).toEqual(["before fetch", "after fetch", "before timer", "after timer"]);
  });
});

describe("timers and fetch in a transaction", () => {
  test("setting a timer returns, and ends the function uncatchably", async () => {
    const scope = transactionScope();

    await scope.run(() => {
      const timer = setTimeout(() => {}, 5);
      expect(typeof timer).toBe("number");
      clearTimeout(timer);
      expect(scope.uncaught).toEqual([]);
    });

    expect(String(scope.uncaught[0])).toContain("Can't use setTimeout in queries");
  });

  test("fetch rejects, which can be caught", async () => {
    const scope = transactionScope();

    const message = await scope.run(() =>
      fetch("https://example.test/").catch((error: Error) => error.message),
    );

    expect(message).toContain("Can't use fetch() in queries and mutations");
    expect(scope.uncaught).toEqual([]);
  });
});

/** A server whose body comes in two pieces, each after some real time. */
async function serveSlowly(): Promise<string> {
  const server = createServer((_request, response) => {
    afterRealTime(() => {
      response.writeHead(200, { "x-name": "slow" }).write("one");
      afterRealTime(() => response.end("two"), 5);
    }, 5);
  });
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
