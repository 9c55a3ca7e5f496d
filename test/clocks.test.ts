/**
 * A clock that is set back: what an executor waits for in memory takes no longer than five
 * minutes more than it should, however far the clock went (D5, W7).
 */
import { describe, expect, test } from "vitest";
import { HOT_WAIT_MS_MAX, MINUTE, SECOND } from "../src/shared/constants.js";
import { WorkApp, type Part } from "./harness/work.js";

const work = (key: string, more: object = {}): Part => ({ kind: "work", key, ...more });
const WAITS: [string, Part][] = [
  ["a step", work("a", { ms: 20 * SECOND })],
  ["a sleep", { kind: "sleep", ms: MINUTE }],
  ["a backoff", work("a", { failures: 1, backoffMs: MINUTE })],
  ["a later start", work("a", { runAfter: MINUTE })],
];

describe("a clock that is set back by hours", () => {
  test.each(WAITS)("while %s goes on", async (_what, part) => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    const id = await app.begin([part, work("next")]);
    await app.runFor(10 * SECOND);

    (await app.convex()).jumpClock(-4 * 60 * MINUTE);
    await app.runFor(MINUTE + HOT_WAIT_MS_MAX + MINUTE);

    expect((await app.status(id)).state).toBe("completed");
    await app.run();
  });
});
