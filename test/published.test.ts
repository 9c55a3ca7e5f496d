/// <reference types="vite/client" />
/**
 * `convex-executor/test`, used as a user of the package would: the example app, whole, on
 * convex-test with fake timers, its API calls answered here.
 */
import { register } from "convex-executor/test";
import { convexTest } from "convex-test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "../example/convex/_generated/api.js";
import { executor } from "../example/convex/executor.js";
import schema from "../example/convex/schema.js";
import { drive } from "./harness/drive.js";

const modules = import.meta.glob("../example/convex/**/*.*s");
const TURNS_MAX = 5_000;

/** Answers the Messages API's question with the task that the system prompt names. */
async function answer(_url: unknown, init: RequestInit): Promise<Response> {
  const { system } = JSON.parse(init.body as string) as { system: string };
  const text = /Task: (\w+)/.exec(system)![1]!;
  return Response.json({
    id: "msg_1",
    type: "message",
    role: "assistant",
    content: [{ type: "text", text }],
    model: "claude-haiku-4-5",
    stop_reason: "end_turn",
    usage: { input_tokens: 1, output_tokens: 1 },
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubEnv("ANTHROPIC_API_KEY", "test");
  vi.stubGlobal("fetch", vi.fn(answer));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the published test helper", () => {
  test("runs an app's workflows from start to result", async () => {
    const t = convexTest(schema, modules);
    register(t);
    const documentId = await t.mutation(api.documents.add, { title: "one", text: "Hi." });

    const [id] = await t.mutation(api.reviews.start, { documentIds: [documentId] });
    await drive({ turnsMax: TURNS_MAX });

    expect(await t.query(api.reviews.status, { id: id as never })).toMatchObject({
      state: "completed",
      definition: "reviews:review",
      result: "summary",
    });
    expect(await t.query(api.documents.latest, { limit: 5 })).toMatchObject([
      { title: "one", tone: "tone", keywords: ["keywords"], summary: "summary" },
    ]);
  });

  test("is driven by convex-test's own way to wait for scheduled functions", async () => {
    const t = convexTest(schema, modules);
    register(t);
    const documentId = await t.mutation(api.documents.add, { title: "one", text: "Hi." });

    const [id] = await t.mutation(api.reviews.start, { documentIds: [documentId] });
    await t.finishAllScheduledFunctions(() => vi.advanceTimersToNextTimer());

    expect(await t.query(api.reviews.status, { id: id as never })).toMatchObject({
      state: "completed",
    });
  });

  test("lets an app see a bad start, a key and the audit", async () => {
    const t = convexTest(schema, modules);
    register(t);
    const documentId = await t.mutation(api.documents.add, { title: "one", text: "Hi." });

    const first = await t.mutation(api.reviews.start, { documentIds: [documentId] });
    const again = await t.mutation(api.reviews.start, { documentIds: [documentId] });
    await expect(
      t.mutation(internal.reviews.review, { args: { documentId: "x" as never } }),
    ).rejects.toThrow("INVALID_ARGUMENTS");
    await drive({ turnsMax: TURNS_MAX });

    expect(again).toEqual(first);
    const audit = await t.action(async (ctx) => await executor.audit(ctx));
    expect(audit).toEqual([]);
  });
});
