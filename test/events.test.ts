/** Events: sent before and after they are awaited, raced, repeated, bounded (P16). */
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import {
  defineEvent,
  getErrorCode,
  type SendEventArgs,
  type WorkflowId,
} from "../src/client/index.js";
import { EVENTS_PENDING_MAX, MINUTE } from "../src/shared/constants.js";
import {
  countEventRows,
  createEventApp,
  NO_ROWS,
  type Handler,
} from "./harness/events.js";
import { catchRefusal } from "./harness/refusal.js";

const approval = defineEvent({
  name: "approval",
  validator: v.object({ approved: v.boolean() }),
});

describe("an event", () => {
  test("that comes later wakes the workflow, which nobody held meanwhile", async () => {
    const { app, send } = createEventApp(async (step) => await step.awaitEvent(approval));
    const id = await app.start("main");
    await app.run();
    expect(await app.rows("claims")).toEqual([]);
    expect(await app.rows("heartbeats")).toEqual([]);

    await app.runFor(60 * MINUTE);
    expect(await send(id, "approval", { value: { approved: true } })).toBe("delivered");
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: { approved: true } });
    expect(await countEventRows(app)).toEqual(NO_ROWS);
  });

  test("that came earlier is kept, even from before the workflow began", async () => {
    const { app, send } = createEventApp(async (step) => {
      await step.sleep(1_000);
      return await step.awaitEvent({ name: "go" });
    });
    const id = await app.start("main");

    expect(await send(id, "go", { value: 1 })).toBe("kept");
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: 1 });
    expect(await countEventRows(app)).toEqual(NO_ROWS);
  });

  test("is delivered in the order of sending, to steps in the order of their calls", async () => {
    const { app, send } = createEventApp(async (step) => {
      const ask = async () => await step.awaitEvent({ name: "n" });
      return await Promise.all([ask(), ask(), ask(), ask()]);
    });
    const id = await app.start("main");
    await send(id, "n", { value: 1 });
    await send(id, "n", { value: 2 });
    await app.run();
    await send(id, "n", { value: 3 });
    await send(id, "n", { value: 4 });
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: [1, 2, 3, 4] });
  });

  test("may carry an error instead, which the handler can catch", async () => {
    const { app, send } = createEventApp(async (step) => {
      try {
        return await step.awaitEvent(approval);
      } catch (error) {
        return (error as Error).message;
      }
    });
    const id = await app.start("main");
    await app.run();

    await send(id, "approval", { error: "withdrawn" });
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: "withdrawn" });
  });

  test("without a value is null", async () => {
    const { app, send } = createEventApp(
      async (step) => await step.awaitEvent({ name: "go" }),
    );
    const id = await app.start("main");
    await send(id, "go");
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: null });
  });

  test("is read back in a replay as it came", async () => {
    const { app, send } = createEventApp(async (step) => {
      const first = await step.awaitEvent({ name: "a" });
      await step.sleep(100);
      return [first, await step.awaitEvent({ name: "b" })];
    });
    const id = await app.start("main");
    await send(id, "a", { value: "A" });
    await app.run();
    await send(id, "b", { value: "B" });
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: ["A", "B"] });
    expect(app.faults.count("executor:journals")).toBeGreaterThan(0);
  });
});

describe("a timeout", () => {
  const handler: Handler = async (step) => {
    try {
      return await step.awaitEvent({ name: "go", timeoutMs: 60 * MINUTE });
    } catch (error) {
      return {
        code: getErrorCode(error),
        message: (error as Error).message,
      };
    }
  };

  test("ends the wait with an error that has a code", async () => {
    const { app } = createEventApp(handler);
    const id = await app.start("main");
    const startedAt = app.now();
    await app.runFor(61 * MINUTE);
    await app.run();

    const { result, finishedAt } = await app.status(id);
    expect(result).toEqual({
      code: "EVENT_TIMEOUT",
      message: expect.stringMatching(/No event "go" came within 3600000 ms/) as string,
    });
    expect(finishedAt! - startedAt).toBeGreaterThanOrEqual(60 * MINUTE);
    expect(finishedAt! - startedAt).toBeLessThan(61 * MINUTE);
    expect(await countEventRows(app)).toEqual(NO_ROWS);
  });

  test("does nothing after the event has come", async () => {
    const { app, send } = createEventApp(async (step) => {
      const value = await handler(step);
      await step.sleep(2 * MINUTE);
      return value;
    });
    const id = await app.start("main");
    await app.runFor(1_000);
    await send(id, "go", { value: 5 });
    await app.runFor(1_000);
    const timers = await app.rows<{ kind: string }>("timers");
    expect(timers.filter(({ kind }) => kind === "eventTimeout")).toEqual([]);
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: 5 });
  });

  test("of 0 takes what is there, and waits for nothing", async () => {
    const { app, send } = createEventApp(async (step) => {
      const poll = async () =>
        await step.awaitEvent({ name: "go", timeoutMs: 0 }).catch(() => "none");
      return [await poll(), await poll()];
    });
    const id = await app.start("main");
    await send(id, "go", { value: 1 });
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: [1, "none"] });
  });
});

describe("several events in one step", () => {
  const handler: Handler = async (step) => {
    const got = await step.awaitEvent([approval, "withdrawn"]);
    await step.sleep(10);
    const next = await step.awaitEvent({ name: "withdrawn", timeoutMs: 1_000 });
    return [got, next];
  };

  test("answer which came first, and then wait for none of the others", async () => {
    const { app, send } = createEventApp(handler);
    const id = await app.start("main");
    await app.run();
    await send(id, "approval", { value: { approved: false } });
    await send(id, "withdrawn", { value: "later" });
    await app.run();

    expect(await app.status(id)).toMatchObject({
      result: [{ name: "approval", value: { approved: false } }, "later"],
    });
  });

  test("take the one that was sent first, of those that are there", async () => {
    const { app, send } = createEventApp(async (step) => {
      const wait = async () => await step.awaitEvent(["a", "b"]);
      return [await wait(), await wait()];
    });
    const id = await app.start("main");
    await send(id, "b", { value: 1 });
    await send(id, "a", { value: 2 });
    await app.run();

    expect(await app.status(id)).toMatchObject({
      result: [
        { name: "b", value: 1 },
        { name: "a", value: 2 },
      ],
    });
  });
});

describe("a step that lost a race", () => {
  test("still waits, and takes the next event of its name", async () => {
    const { app, send } = createEventApp(async (step) => {
      const first = await Promise.race([
        step.awaitEvent({ name: "a" }),
        step.sleep(5_000),
        step.awaitEvent({ name: "b" }),
      ]);
      const late = step.awaitEvent({ name: "b", timeoutMs: 10_000 });
      return [first, await late.catch(() => "taken by the loser")];
    });
    const id = await app.start("main");
    await app.runFor(1_000);
    await send(id, "a", { value: 1 });
    await app.runFor(1_000);
    await send(id, "b", { value: 2 });
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: [1, "taken by the loser"] });
  });
});

describe("an event that is sent again under one id", () => {
  test("does nothing, and says so, also after the first was delivered", async () => {
    const { app, send } = createEventApp(async (step) => {
      const first = await step.awaitEvent({ name: "n" });
      await step.sleep(1_000);
      return [first, await step.awaitEvent({ name: "n" })];
    });
    const id = await app.start("main");

    expect(await send(id, "n", { value: 1, id: "one" })).toBe("kept");
    expect(await send(id, "n", { value: 1, id: "one" })).toBe("duplicate");
    await app.runFor(500);
    expect(await send(id, "n", { value: 1, id: "one" })).toBe("duplicate");
    expect(await send(id, "n", { value: 2, id: "two" })).toBe("kept");
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: [1, 2] });
    expect(await countEventRows(app)).toEqual(NO_ROWS);
  });
});

describe("an event that was made ahead of time", () => {
  test("goes to whoever awaits its id, and nobody else's takes its place", async () => {
    const { app, send } = createEventApp(async (step) => {
      const id = await step.run("ask", async () =>
        app.executor.createEvent({} as never, {
          name: "reply",
          workflowId: step.workflowId,
        }),
      );
      asked.push(id);
      return await step.awaitEvent({ id });
    });
    const asked: string[] = [];
    const id = await app.start("main");
    await app.run();

    expect(await send(id, "reply", { value: "a stranger's" })).toBe("kept");
    const own = { id: asked[0]!, value: "mine" } as unknown as SendEventArgs;
    const sendOwn = async () =>
      await app.inMutation(async (ctx) => app.executor.sendEvent(ctx, own));
    expect(await sendOwn()).toEqual({ status: "delivered" });
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: "mine" });
    expect(await sendOwn()).toEqual({ status: "finished" });
  });
});

describe("what is refused", () => {
  test("is clear to the sender, and nothing is written", async () => {
    const { app, send } = createEventApp(async (step) => await step.awaitEvent(approval));
    const id = await app.start("main");
    const big = "x".repeat(1024 * 1024);

    expect(await catchRefusal(() => send(id, "approval", { value: big }))).toMatchObject({
      code: "VALUE_REJECTED",
    });
    const wrong = { ...approval, workflowId: id, value: { approved: "yes" } } as never;
    const sendWrong = async () =>
      await app.inMutation(async (ctx) => app.executor.sendEvent(ctx, wrong));
    expect(await catchRefusal(sendWrong)).toMatchObject({ code: "INVALID_EVENT" });
    expect(await catchRefusal(() => send(id, "", { value: 1 }))).toMatchObject({
      code: "INVALID_OPTIONS",
    });
    expect(
      await catchRefusal(() => send("nobody" as WorkflowId, "approval")),
    ).toMatchObject({
      code: "UNKNOWN_WORKFLOW",
    });
    expect(await countEventRows(app)).toEqual(NO_ROWS);
    await send(id, "approval", { value: { approved: true } });
    await app.run();
    expect(await send(id, "approval")).toBe("finished");
    expect(await countEventRows(app)).toEqual(NO_ROWS);
  });

  test("is a value that does not match where it is awaited: the handler's to catch", async () => {
    const { app, send } = createEventApp(async (step) => {
      const code = (error: { data?: { code?: string } }) => error.data?.code;
      return await step.awaitEvent(approval).catch(code);
    });
    const id = await app.start("main");
    await send(id, "approval", { value: 7 });
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: "INVALID_EVENT" });
  });

  test("is one event more than a workflow may leave unheard", async () => {
    const { app, send } = createEventApp(async (step) => await step.sleep(MINUTE));
    const id = await app.start("main");
    await app.inMutation(async (ctx) => {
      for (let n = 0; n < EVENTS_PENDING_MAX; n += 1)
        await app.executor.sendEvent(ctx, { workflowId: id, name: "n", value: n });
    });

    expect(await catchRefusal(() => send(id, "n"))).toMatchObject({
      code: "TOO_MANY_EVENTS",
      actual: EVENTS_PENDING_MAX,
      limit: EVENTS_PENDING_MAX,
    });
    await app.run();
    expect(await countEventRows(app)).toEqual(NO_ROWS);
  });
});

describe("events and the life of their workflow", () => {
  const twoOf: Handler = async (step) => {
    const first = await step.awaitEvent({ name: "n" });
    return [first, await step.awaitEvent({ name: "n" })];
  };

  test("what nobody has taken is there after a restart, what was taken is not", async () => {
    const { app, send } = createEventApp(async (step) => {
      const first = await step.awaitEvent({ name: "n" });
      await step.sleep(1_000);
      return [first, await step.awaitEvent({ name: "n" })];
    });
    const id = await app.start("main");
    await send(id, "n", { value: 1, id: "one" });
    await send(id, "n", { value: 2 });
    await app.runFor(500);
    await app.inMutation(async (ctx) => app.executor.restart(ctx, id));
    await app.runFor(2_000);

    expect(await send(id, "n", { value: 1, id: "one" })).toBe("duplicate");
    expect(await send(id, "n", { value: 3 })).toBe("delivered");
    await app.run();
    expect(await app.status(id)).toMatchObject({ generation: 1, result: [2, 3] });
  });

  test("waiters of a generation that was restarted are heard no more", async () => {
    const { app, send } = createEventApp(twoOf);
    const id = await app.start("main");
    await app.run();
    await app.inMutation(async (ctx) => app.executor.restart(ctx, id));
    expect(await send(id, "n", { value: 1 })).toBe("kept");
    await app.run();
    expect(await app.rows("eventWaiters")).toHaveLength(1);
    await send(id, "n", { value: 2 });
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: [1, 2] });
    expect(await countEventRows(app)).toEqual(NO_ROWS);
  });

  test("a workflow that ended leaves nothing, and one restarted then begins with nothing", async () => {
    const { app, send } = createEventApp(async (step) => {
      if (step.generation > 0) return await step.awaitEvent({ name: "n" });
      const wait = async () => await step.awaitEvent({ name: "never" });
      return await Promise.race([step.sleep(1_000), ...Array.from({ length: 40 }, wait)]);
    });
    const id = await app.start("main");
    await send(id, "n", { value: "old" });
    await app.run();
    expect(await countEventRows(app)).toEqual(NO_ROWS);
    await app.inMutation(async (ctx) => app.executor.restart(ctx, id));
    expect(await send(id, "n", { value: "new" })).toBe("kept");
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: "new" });
  });

  test("a canceled workflow's waits end, and nobody hears what is sent then", async () => {
    const { app, send } = createEventApp(twoOf);
    const id = await app.start("main");
    await app.run();
    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id));
    await app.run();

    expect((await app.status(id)).state).toBe("canceled");
    expect(await send(id, "n")).toBe("finished");
    expect(await countEventRows(app)).toEqual(NO_ROWS);
  });
});

describe("the audit", () => {
  type Row = { _id: never; _creationTime: number } & Record<string, unknown>;

  async function auditBroken(table: string, change: Record<string, unknown> | "remove") {
    const { app, send } = createEventApp(async (step) => await step.awaitEvent(approval));
    const id = await app.start("main");
    await app.run();
    const [row] = await app.rows<Row>(table);
    const { _id, _creationTime, ...fields } = row!;
    let copy = _id;
    await app.inComponent(async (db) => {
      if (change === "remove") await db.delete(_id);
      else await db.patch(_id, change);
    });
    const found = (await app.audit()) as { invariant: string }[];
    await app.inComponent(async (db) => {
      if (change === "remove") copy = (await db.insert(table, fields)) as never;
      else await db.replace(copy, fields as never);
    });
    await send(id, "approval", { value: { approved: true } });
    await app.run();
    return found.map(({ invariant }) => invariant);
  }

  test.each([
    ["I1", "eventWaiters", "remove"],
    ["I2", "eventWaiters", { generation: 7 }],
    ["M1", "mailboxes", { pending: 3 }],
    ["I2", "mailboxes", "remove"],
  ] as const)(
    "reports %s of %s that are not as they should be",
    async (name, table, change) => {
      expect(await auditBroken(table, change)).toContain(name);
    },
  );
});
