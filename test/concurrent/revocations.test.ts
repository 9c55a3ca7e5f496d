/** Cancels that come thick and fast hold up no commit of the others (V1). */
import { expect, test } from "vitest";
import type { WorkflowId } from "../../src/client/index.js";
import { WorkApp, type Part } from "../harness/work.js";

const CANCELS = 100;
/** Milliseconds between two cancels: several fall into each commit. */
const EVERY_MS = 25;

test("commits go on beside a storm of cancels on their executor", async () => {
  const app = new WorkApp({ shards: 1, seats: 1, slotsPerShard: 300 });
  const works = (count: number, parts: (n: number) => Part[]) =>
    Array.from({ length: count }, (_, n) => ({ args: { parts: parts(n) } }));
  const ids: WorkflowId[] = [];
  for (let page = 0; page < 2; page += 1)
    ids.push(
      ...(await app.startMany(
        "main",
        works(60, (n) => [{ kind: "work", key: `long${page}-${n}`, ms: 60_000 }]),
      )),
    );
  await app.runUntil(() => app.attempts.length === ids.length);
  await app.startMany(
    "main",
    works(20, (n) =>
      Array.from({ length: 20 }, (_, s) => ({
        kind: "work",
        key: `${n}-${s}`,
        ms: 300 + ((n * 37 + s * 11) % 400),
      })),
    ),
  );
  await app.runFor(3_000);
  const { metrics } = await app.convex();
  const before = { ...metrics.of("executor/executor:commit") };
  const begun = app.attempts.length;

  for (const [n, id] of ids.slice(0, CANCELS).entries())
    app.later(
      async () =>
        await app.inMutation(async (ctx) =>
          app.executor.cancel(ctx, id, { force: true }),
        ),
      n * EVERY_MS,
    );
  await app.runFor(CANCELS * EVERY_MS);

  const { calls, conflicts } = metrics.of("executor/executor:commit");
  expect(calls - before.calls).toBeGreaterThan(5);
  expect(conflicts - before.conflicts).toBeLessThanOrEqual(2);
  // Twenty workflows of steps of about half a second: half of what they do undisturbed.
  expect(app.attempts.length - begun).toBeGreaterThan(40);
  await app.run();
  expect(await app.rows("revocations")).toEqual([]);
});
