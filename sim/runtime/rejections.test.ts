/** Whose an unhandled rejection is: a function's, or the program's around it. */
import { actionGeneric } from "convex/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { action, openApp } from "./testApp.js";

const EVENT = "unhandledRejection";
const heard: unknown[] = [];
const others = process.listeners(EVENT);

// The runtime takes the event over with the first deployment, and hands on what is not its own.
beforeAll(() => {
  process.removeAllListeners(EVENT);
  process.on(EVENT, (reason) => heard.push(reason));
});
afterAll(() => {
  process.removeAllListeners(EVENT);
  for (const other of others) process.on(EVENT, other);
});

test("a program still hears of its own rejections, and of no function's", async () => {
  const convex = await openApp({
    leave: actionGeneric(async () => {
      void Promise.reject(new Error("of the function"));
    }),
  });
  await expect(convex.action(action("leave"))).rejects.toThrow(/of the function/);
  expect(heard).toEqual([]);
  void Promise.reject(new Error("of the program"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual([new Error("of the program")]);
});
