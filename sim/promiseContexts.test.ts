/**
 * What continues in which context, with the promise hooks in Node's place. It is for the whole
 * process, which is this file's own.
 */
import * as asyncHooks from "node:async_hooks";
import * as timers from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { installPromiseContexts } from "./promiseContexts.js";

const native = asyncHooks.AsyncLocalStorage;
let isInstalled: boolean;
let storage: asyncHooks.AsyncLocalStorage<string>;

/** Vitest puts Node's back before each test. */
let nextTick: (callback: () => void) => void;

beforeAll(() => {
  isInstalled = installPromiseContexts();
  nextTick = process.nextTick.bind(process);
  storage = new asyncHooks.AsyncLocalStorage();
});

async function* count(): AsyncGenerator<number> {
  for (let number = 0; number < 3; number += 1) yield await Promise.resolve(number);
}

const thenable = {
  then: (resolve: () => void) => queueMicrotask(resolve),
} as unknown as Promise<void>;

/** Ways on from here; each calls `onward` later. */
const WAYS: Record<string, (onward: () => void) => unknown> = {
  "an await": async (onward) => {
    await Promise.resolve();
    onward();
  },
  "a then of another's promise": (onward) => shared.then(onward),
  "a rejection": (onward) => Promise.reject(new Error("expected")).catch(onward),
  "a finally": (onward) => shared.finally(onward),
  "a thenable": async (onward) => {
    await thenable;
    onward();
  },
  "what settles from outside": async (onward) => {
    await new Promise((resolve) => storage.exit(() => setTimeout(resolve, 1)));
    onward();
  },
  "all of several": async (onward) => {
    await Promise.all([shared, timers.setTimeout(1)]);
    onward();
  },
  "an async generator": async (onward) => {
    for await (const number of count()) if (number === 2) onward();
  },
  "a tick": (onward) => nextTick(onward),
  "a microtask": (onward) => queueMicrotask(onward),
  "a timer": (onward) => setTimeout(onward, 1),
  "an immediate": (onward) => setImmediate(onward),
  "an interval": (onward) => {
    const interval = setInterval(() => {
      clearInterval(interval);
      onward();
    }, 1);
  },
  "a promised timer": async (onward) => {
    await timers.setImmediate();
    onward();
  },
  "a signal that aborts itself": async (onward) => {
    await new Promise((resolve) =>
      AbortSignal.timeout(1).addEventListener("abort", resolve),
    );
    onward();
  },
  "a stream": async (onward) => {
    const source = new ReadableStream<string>({
      pull: async (controller) => {
        await Promise.resolve();
        controller.enqueue("x");
      },
    });
    await source.pipeThrough(new TransformStream<string, string>()).getReader().read();
    onward();
  },
  "what a stream calls": (onward) =>
    new ReadableStream({ pull: onward }, { highWaterMark: 0 }).getReader().read(),
  "the body of a response": async (onward) => {
    await new Response("{}").json();
    onward();
  },
  "a bound function": (onward) => later(asyncHooks.AsyncLocalStorage.bind(onward)),
  "a snapshot": (onward) => {
    const inside = asyncHooks.AsyncLocalStorage.snapshot();
    later(() => inside(onward));
  },
  "a resource": (onward) => {
    const resource = new asyncHooks.AsyncResource("Test");
    later(() => resource.runInAsyncScope(onward));
  },
  "a function bound to a resource": (onward) =>
    later(asyncHooks.AsyncResource.bind(onward)),
};

const shared = timers.setTimeout(2);

/** Calls a function where nobody's context is. */
function later(fn: () => void): void {
  storage.exit(() => setTimeout(fn, 1));
}

test("it stands in for Node's before version 24", () => {
  const isOld = Number.parseInt(process.versions.node) < 24;
  expect(isInstalled).toBe(isOld);
  expect(asyncHooks.AsyncLocalStorage === native).toBe(!isOld);
});

test.each(Object.entries(WAYS))("%s keeps the context", async (_name, way) => {
  const follow = (value: string) =>
    new Promise<unknown>((resolve) =>
      storage.run(value, () => void way(() => resolve(storage.getStore()))),
    );
  const values = ["a", "b", "c"];
  expect(await Promise.all(values.map(follow))).toEqual(values);
  expect(storage.getStore()).toBeUndefined();
});

test("storages do not meet, and what is entered ends with the run around it", () => {
  const other = new asyncHooks.AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  storage.run("a", () => {
    other.run("b", () => {
      storage.enterWith("c");
      seen.push(storage.getStore(), other.getStore());
      storage.exit(() => seen.push(storage.getStore(), other.getStore()));
    });
    seen.push(other.getStore());
  });
  seen.push(storage.getStore());
  expect(seen).toEqual(["c", "b", undefined, "b", undefined, undefined]);
});

test("an error leaves the context, and a turn begins without one", async () => {
  const fail = () => {
    throw new Error("expected");
  };
  expect(() => storage.run("a", fail)).toThrow("expected");
  expect(storage.getStore()).toBeUndefined();
  const seen = await new Promise((resolve) => {
    storage.run("a", () => void shared.then(() => storage.enterWith("b")));
    setTimeout(() => setImmediate(() => resolve(storage.getStore())), 5);
  });
  expect(seen).toBeUndefined();
});

test("an unhandled rejection is told in its context", async () => {
  const heard = new Promise((resolve) => {
    const listeners = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.once("unhandledRejection", () => {
      for (const listener of listeners) process.on("unhandledRejection", listener);
      resolve(storage.getStore());
    });
  });
  storage.run("a", () => void Promise.reject(new Error("expected")));
  expect(await heard).toBe("a");
});

test("Node refuses what is no callback", () => {
  expect(() => queueMicrotask(null as never)).toThrow(TypeError);
  expect(() => nextTick(null as never)).toThrow(TypeError);
});

test("functions of several deployments keep to their own", async () => {
  const { createConvex } = await import("./index.js");
  const { mutationGeneric, actionGeneric, makeFunctionReference } =
    await import("convex/server");
  const write = makeFunctionReference<"mutation", { name: string }, unknown[]>("m:write");
  const run = makeFunctionReference<"action", { name: string }, unknown[]>("m:run");
  const modules = {
    "m.ts": {
      write: mutationGeneric(async (ctx, { name }: { name: string }) => {
        await ctx.db.insert("rows", { name });
        const rows = await ctx.db.query("rows").collect();
        return rows.map((row: Record<string, unknown>) => row.name);
      }),
      run: actionGeneric(async (ctx, { name }: { name: string }) => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        await ctx.runMutation(write, { name: `${name} 1` });
        await thenable;
        return await ctx.runMutation(write, { name: `${name} 2` });
      }),
    },
  };
  const open = async (seed: number) => await createConvex({ app: { modules }, seed });
  const [first, second] = await Promise.all([open(1), open(2)]);
  const answers = await Promise.all([
    first.action(run, { name: "a" }),
    second.action(run, { name: "b" }),
  ]);
  expect(answers).toEqual([
    ["a 1", "a 2"],
    ["b 1", "b 2"],
  ]);
});
