/** The pipe finds out what became of every commit, whatever the calls answer (P4). */
import { describe, expect, test } from "vitest";
import type { CommitAnswer, Entry, EntryAnswer } from "../../shared/commit.js";
import { COMMIT_RETRY_MS_MAX, COMMIT_TRIES } from "../../shared/constants.js";
import { CommitPipe } from "./commitPipe.js";

const CONFLICT = "OptimisticConcurrencyControlFailure: try again";
const OVERLOAD = "TooManyConcurrentRequests";
const POISON = "poison";

/** What one call does: answers, fails before it is applied, or fails after. */
type Reply = "applied" | "refused" | "failsBefore" | "failsAfter" | { throws: string };

/**
 * A component that keeps numbers as the real one does. Replies are used up call by call,
 * then every call is applied. Content with the workflow "poison" is never accepted.
 */
function createPipe(
  replies: Reply[] = [],
  options: { isOver?: () => boolean; membership?: CommitAnswer["membership"] } = {},
) {
  const { isOver = () => false, membership = "current" } = options;
  const calls: { seq: number; content: string }[] = [];
  const applied: { seq: number; content: string }[] = [];
  const pauses: number[] = [];
  let stored = 0;
  const pipe = new CommitPipe({
    commit: async (seq, entries) => {
      const content = entries.map(({ workflow }) => workflow).join();
      calls.push({ seq, content });
      const reply = replies.shift() ?? "applied";
      if (reply === "failsBefore") throw new Error("network");
      if (typeof reply === "object") throw new Error(reply.throws);
      const answers = entries.map((): EntryAnswer => ({ kind: "applied", claim: "c" }));
      if (reply === "refused") return { kind: "refused", membership, entries: [] };
      if (seq === stored) return { kind: "repeated", membership, entries: answers };
      if (content.includes(POISON)) throw new Error(POISON);
      expect(seq).toBe(stored + 1);
      stored = seq;
      applied.push({ seq, content });
      if (reply === "failsAfter") throw new Error("network");
      return { kind: "applied", membership, entries: answers };
    },
    sleep: async (ms) => void pauses.push(ms),
    random: () => 1,
    isOver,
  });
  return { pipe, calls, applied, pauses };
}

function entries(...workflows: string[]): Entry[] {
  return workflows.map((workflow) => ({ workflow, generation: 0, operations: [] }));
}

const done = { kind: "applied", claim: "c" };
const rejected = { kind: "rejected", message: POISON, applied: 0, claim: null };

describe("CommitPipe", () => {
  test("numbers commits from one, without gaps", async () => {
    const { pipe, applied } = createPipe();

    for (const workflow of ["a", "b", "c"]) await pipe.send(entries(workflow));

    expect(applied.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(pipe.count).toBe(3);
  });

  test("sends the same content under the same number until it is applied", async () => {
    const { pipe, calls } = createPipe(["failsBefore", "failsBefore"]);

    const committed = await pipe.send(entries("a", "b"));

    expect(committed).toEqual({ membership: "current", verdicts: [done, done] });
    expect(calls).toEqual(Array(3).fill({ seq: 1, content: "a,b" }));
  });

  test("takes a repetition for an answer when only the first answer was lost", async () => {
    const { pipe, applied } = createPipe(["failsAfter"]);

    const committed = await pipe.send(entries("a"));

    expect(committed.verdicts).toEqual([done]);
    expect(applied).toEqual([{ seq: 1, content: "a" }]);
  });

  test("asks again with the content when the empty commit proves it was applied", async () => {
    const lost = Array<Reply>(COMMIT_TRIES - 1).fill("failsBefore");
    const { pipe, calls, applied } = createPipe(["failsAfter", ...lost]);

    const committed = await pipe.send(entries("a"));

    expect(committed.verdicts).toEqual([done]);
    expect(calls.slice(-2)).toEqual([
      { seq: 1, content: "" },
      { seq: 1, content: "a" },
    ]);
    expect(applied).toEqual([{ seq: 1, content: "a" }]);
  });

  test("settles a number with an empty commit before it rejects the content", async () => {
    const { pipe, applied } = createPipe();

    const committed = await pipe.send(entries(POISON));

    expect(committed).toEqual({ membership: "current", verdicts: [rejected] });
    expect(applied.every(({ content }) => content === "")).toBe(true);
    expect(applied[0]?.seq).toBe(1);
  });

  test("an outage that ends with the empty commit rejects nothing", async () => {
    const outage = Array<Reply>(COMMIT_TRIES).fill("failsBefore");
    const { pipe, applied } = createPipe(outage);

    const committed = await pipe.send(entries("a"));

    expect(committed.verdicts).toEqual([done]);
    expect(applied.map(({ content }) => content)).toEqual(["", "a"]);
  });

  test.each([
    { batch: [POISON, "b"] },
    { batch: ["a", POISON] },
    { batch: ["a", "b", "c", POISON, "e", "f", "g"] },
    { batch: [POISON, "b", "c", "d", POISON] },
  ])("rejects the poison in $batch and applies its neighbors once", async ({ batch }) => {
    const { pipe, applied } = createPipe();

    const { verdicts } = await pipe.send(entries(...batch));

    expect(verdicts).toEqual(batch.map((one) => (one === POISON ? rejected : done)));
    const contents = applied.flatMap(({ content }) => content.split(",")).filter(Boolean);
    expect(contents).toEqual(batch.filter((one) => one !== POISON));
  });

  test.each([0, 1, 3, 6])(
    "finds the operation %d that cannot be applied, after those before it",
    async (poisoned) => {
      const operations = Array.from({ length: 7 }, (_, number) => ({
        op: "restart" as const,
        number,
        attempts: number === poisoned ? Infinity : 1,
      }));
      const applied: number[] = [];
      let stored = 0;
      const pipe = new CommitPipe({
        commit: async (seq, [entry]) => {
          const sent = (entry?.operations ?? []) as typeof operations;
          if (sent.some(({ attempts }) => attempts === Infinity)) throw new Error(POISON);
          expect(seq).toBe(stored + 1);
          expect(entry?.claim).toBe(entry && applied.length > 0 ? "c" : undefined);
          stored = seq;
          applied.push(...sent.map(({ number }) => number));
          const entries = entry ? [{ kind: "applied" as const, claim: "c" }] : [];
          return { kind: "applied", membership: "current", entries };
        },
        sleep: async () => undefined,
        random: () => 1,
        isOver: () => false,
      });

      const committed = await pipe.send([{ workflow: "w", generation: 0, operations }]);

      const claim = poisoned > 0 ? "c" : null;
      const verdict = { kind: "rejected", message: POISON, applied: poisoned, claim };
      expect(committed.verdicts).toEqual([verdict]);
      expect(applied).toEqual(operations.slice(0, poisoned).map(({ number }) => number));
    },
  );

  test.each([CONFLICT, OVERLOAD])(
    "never counts %s as a try of the content",
    async (message) => {
      const trouble = Array<Reply>(COMMIT_TRIES * 10).fill({ throws: message });
      const { pipe, calls } = createPipe(trouble);

      const committed = await pipe.send(entries("a"));

      expect(committed.verdicts).toEqual([done]);
      expect(calls.every(({ content }) => content === "a")).toBe(true);
    },
  );

  test("an empty commit that fails is tried until its outcome is known", async () => {
    const replies = Array<Reply>(COMMIT_TRIES * 5).fill("failsBefore");
    const { pipe, calls, applied } = createPipe(replies);

    await pipe.send(entries("a"));

    expect(calls.filter(({ seq }) => seq === 1)).toHaveLength(COMMIT_TRIES * 5 + 1);
    expect(applied[0]).toEqual({ seq: 1, content: "" });
  });

  test("a refusal says that nothing can be recorded any more", async () => {
    const { pipe } = createPipe(["refused"]);

    const committed = await pipe.send(entries("a", "b"));

    expect(committed).toEqual({ membership: "none", verdicts: [] });
  });

  test("a refusal in the first half of a bisection spares the second", async () => {
    const tries = Array<Reply>(COMMIT_TRIES).fill("failsBefore");
    const { pipe, calls } = createPipe([...tries, "applied", "refused"]);

    const committed = await pipe.send(entries("a", "b"));

    expect(committed).toEqual({ membership: "none", verdicts: [] });
    expect(calls.at(-1)).toEqual({ seq: 2, content: "a" });
  });

  test("a refused empty commit says that nothing can be recorded any more", async () => {
    const tries = Array<Reply>(COMMIT_TRIES).fill("failsBefore");
    const { pipe } = createPipe([...tries, "refused"]);

    const committed = await pipe.send(entries("a"));

    expect(committed).toEqual({ membership: "none", verdicts: [] });
  });

  test("stops trying once the executor is gone", async () => {
    let tries = 0;
    const { pipe, calls } = createPipe(Array<Reply>(100).fill("failsBefore"), {
      isOver: () => (tries += 1) === 2,
    });

    const committed = await pipe.send(entries("a"));

    expect(committed).toEqual({ membership: "none", verdicts: [] });
    expect(calls).toHaveLength(2);
  });

  test("passes on that the executor is draining", async () => {
    const { pipe } = createPipe([], { membership: "draining" });

    expect((await pipe.send(entries("a"))).membership).toBe("draining");
  });

  test("pauses longer after each failure, up to a bound", async () => {
    const { pipe, pauses } = createPipe(Array<Reply>(12).fill({ throws: CONFLICT }));

    await pipe.send(entries("a"));

    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(new Set(pauses).size).toBeGreaterThan(3);
    expect(pauses.at(-1)).toBe(COMMIT_RETRY_MS_MAX);
  });
});
