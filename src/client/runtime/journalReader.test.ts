import { describe, expect, test } from "vitest";
import { OPENING_MAX } from "../../shared/constants.js";
import type { Backend } from "./backend.js";
import { JournalReader } from "./journalReader.js";

type ReadJournals = Backend["readJournals"];
type Page = NonNullable<Awaited<ReturnType<ReadJournals>>[number]>;

function page(workflow: string, from: number, next: number | null): Page {
  const row = { number: from, name: workflow, kind: "action" as const };
  const rest = { digest: "", after: [], attempts: 1, failures: 0 };
  const empty = { args: null, startedAt: 0, seed: 0, ending: null };
  return {
    ...empty,
    signals: [`${workflow}/${from}`],
    rows: [{ ...row, ...rest }],
    next,
  };
}

/** A reader, and the queries that it makes. */
function createReader(answer: ReadJournals) {
  const asked: string[][] = [];
  const readJournals: ReadJournals = async (of) => {
    asked.push(of.map(({ workflow, from }) => `${workflow}${from}`));
    return await answer(of);
  };
  const state = { isOver: false };
  return {
    reader: new JournalReader({ readJournals }, () => state.isOver),
    asked,
    state,
  };
}

const names = (count: number) => Array.from({ length: count }, (_, n) => `w${n}-`);

describe("journals", () => {
  test("that are asked for in one round are read together, so many at a time", async () => {
    const { reader, asked } = createReader(async (of) =>
      of.map(({ workflow, from }) => page(workflow, from, null)),
    );

    const reads = await Promise.all(
      names(OPENING_MAX + 1).map(async (name) => reader.read(name, 0)),
    );

    expect(asked.map(({ length }) => length)).toEqual([OPENING_MAX, 1]);
    expect(reads.map((read) => read?.rows[0]?.name)).toEqual(names(OPENING_MAX + 1));
  });

  test("that an answer has no room for are asked for again, from where they were cut", async () => {
    const { reader, asked } = createReader(async (of) =>
      of
        .slice(0, 1)
        .map(({ workflow, from }) => page(workflow, from, from === 0 ? 5 : null)),
    );

    const [first, second] = await Promise.all([reader.read("a", 0), reader.read("b", 0)]);

    expect(asked).toEqual([["a0", "b0"], ["a5", "b0"], ["b0"], ["b5"]]);
    expect(first?.rows.map(({ number }) => number)).toEqual([0, 5]);
    // Of the first page alone: what settles later has signals of its own.
    expect(first?.signals).toEqual(["a/0"]);
    expect(second?.rows).toHaveLength(2);
  });

  test("that are gone are null, whatever the others are", async () => {
    const { reader } = createReader(async (of) =>
      of.map(({ workflow, from }) =>
        workflow === "a" ? null : page(workflow, from, null),
      ),
    );

    const [gone, read] = await Promise.all([reader.read("a", 0), reader.read("b", 0)]);

    expect(gone).toBeNull();
    expect(read?.rows).toHaveLength(1);
  });

  test("that nobody would open any more are not read", async () => {
    const { reader, asked, state } = createReader(async (of) => {
      state.isOver = true;
      return of.slice(0, 1).map(({ workflow, from }) => page(workflow, from, null));
    });

    const [read, left] = await Promise.all([reader.read("a", 0), reader.read("b", 0)]);

    expect(read?.rows).toHaveLength(1);
    expect(left).toBeNull();
    expect(asked).toEqual([["a0", "b0"]]);
  });

  test("whose query fails are read alone: one that cannot be read harms no other", async () => {
    const { reader, asked } = createReader(async (of) => {
      if (of.some(({ workflow }) => workflow === "b")) throw new Error("b");
      return of.map(({ workflow, from }) => page(workflow, from, null));
    });

    const ends = await Promise.allSettled(
      ["a", "b", "c"].map(async (name) => reader.read(name, 0)),
    );

    expect(asked).toEqual([["a0", "b0", "c0"], ["a0"], ["b0"], ["c0"]]);
    expect(ends.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
  });
});
