/** Conflicts: what a transaction depends on, and what happens when that changed. */
import { defineSubject } from "../case.js";
import type { Deployment } from "../target.js";

/** Rows with the keys 1 to 7; "four" is known to another index. */
async function fill(t: Deployment): Promise<void> {
  const rows = [1, 2, 3, 4, 5, 6, 7].map((key) =>
    key === 4 ? { key, nested: { field: "four" } } : { key },
  );
  await t.mutation("rows:insert", { table: "items", rows });
  await t.mutation("rows:insert", {
    table: "counters",
    rows: [{ name: "hot", value: 0 }],
  });
}

/** A reader that reads `how` of the keys 2 to 6 against a writer; is there a conflict? */
const against = (
  how: string,
  writer: { how: string; key: number },
  conflicts: boolean,
) => ({
  rule:
    `${how} ${conflicts ? "conflicts" : "does not conflict"} with ` +
    `${writer.how} of ${writer.key}`,
  needs: ["occ"] as const,
  observe: async (t: Deployment) => {
    await fill(t);
    await Promise.all([
      t.mutation("occ:reader", { how }),
      t.mutation("occ:writer", writer),
    ]);
    return t.conflicts("occ:reader") > 0;
  },
  expected: conflicts,
});

const insert = (key: number) => ({ how: "insert", key });
const patch = (key: number) => ({ how: "patchOther", key });

export const conflicts = defineSubject("conflicts", {
  collectPhantom: against("collectRange", insert(4.5), true),
  collectAtStart: against("collectRange", insert(2), true),
  collectAtEnd: against("collectRange", insert(6), true),
  collectBefore: against("collectRange", insert(1.5), false),
  collectAfter: against("collectRange", insert(6.5), false),
  collectDelete: against("collectRange", { how: "delete", key: 5 }, true),
  collectPatch: against("collectRange", patch(3), true),
  collectPatchOutside: against("collectRange", patch(7), false),
  collectMoveIn: against("collectRange", { how: "move", key: 7 }, false),
  collectMoveOut: against("collectRange", { how: "move", key: 4 }, true),
  collectEqualPatch: against("collectRange", { how: "patchEqual", key: 4 }, false),
  takeBehind: against("takeTwo", insert(4.5), false),
  takeInside: against("takeTwo", insert(2.5), true),
  takePatchBehind: against("takeTwo", patch(4), false),
  takeShort: against("takeMany", insert(5.5), true),
  firstBehind: against("first", insert(2.5), false),
  firstPatched: against("first", patch(2), true),
  firstDescBefore: against("firstDesc", insert(5.5), false),
  firstDescBehind: against("firstDesc", insert(6), true),
  uniqueWhole: against("uniqueOfOne", insert(4.5), true),
  filteredPhantom: against("filtered", insert(4.5), true),
  filteredPatch: against("filtered", patch(4), true),
  iteratedBehind: against("iterateTwo", insert(4.5), false),
  iteratedInside: against("iterateTwo", insert(2.5), true),
  nothing: against("nothing", insert(4.5), false),
  stale: against("stale", insert(4.5), false),
  rolledBack: against("rolledBack", insert(4.5), true),
  nested: against("nested", insert(4.5), true),
  otherIndexPatched: against("byOtherIndex", patch(4), true),
  otherIndexPhantom: against("byOtherIndex", insert(4.5), false),
  readOnly: {
    rule: "a mutation that writes nothing never conflicts",
    needs: ["occ"],
    observe: async (t) => {
      await fill(t);
      await Promise.all([
        t.mutation("occ:reader", { how: "collectRange", writes: false }),
        t.mutation("occ:writer", insert(4.5)),
      ]);
      return t.conflicts("occ:reader");
    },
    expected: 0,
  },
  missingRow: {
    rule: "a get of a row that is gone depends on that row only",
    needs: ["occ"],
    observe: async (t) => {
      const [id, other] = await t.mutation("rows:insert", {
        table: "items",
        rows: [{ key: 1 }, { key: 2 }],
      });
      await Promise.all([
        t.mutation("occ:readerOfId", { id }),
        t.mutation("occ:patchById", { id: other }),
      ]);
      const unrelated = t.conflicts("occ:readerOfId");
      await Promise.all([
        t.mutation("occ:readerOfId", { id }),
        t.mutation("occ:patchById", { id }),
      ]);
      return { unrelated, related: t.conflicts("occ:readerOfId") > 0 };
    },
    expected: { unrelated: 0, related: true },
  },
  blindInserts: {
    rule: "inserts that read nothing never conflict with each other",
    needs: ["occ"],
    observe: async (t) => {
      const keys = [1, 2, 3, 4, 5, 6];
      await Promise.all(keys.map((key) => t.mutation("occ:insertBlindly", { key })));
      return {
        conflicts: t.conflicts("occ:insertBlindly"),
        rows: await t.query("occ:readAll"),
      };
    },
    expected: { conflicts: 0, rows: 6 },
  },
  lostUpdate: {
    rule: "no update is lost: what conflicts runs again",
    observe: async (t) => {
      await fill(t);
      const calls = [1, 2, 3].map(() => t.mutation("occ:increment", { name: "hot" }));
      const results = await Promise.all(calls);
      const [row] = await t.query("rows:list", { table: "counters" });
      return { results: results.sort(), value: row.value };
    },
    expected: { results: [1, 2, 3], value: 3 },
  },
  retriesEnd: {
    rule: "an action's mutation gives up after five attempts, with an error it can catch",
    needs: ["occ"],
    observe: async (t) => {
      await fill(t);
      const { succeeded, failure } = await t.action("occ:storm", { calls: 40 });
      const [row] = await t.query("rows:list", { table: "counters" });
      return { counted: row.value === succeeded, failure };
    },
    expected: { counted: true, failure: /changed while this mutation was being run/ },
  },
  scheduledRetries: {
    rule: "scheduled mutations are repeated until they succeed",
    observe: async (t) => {
      await fill(t);
      await t.mutation("occ:incrementLater", { times: 8 });
      await t.settle();
      const [row] = await t.query("rows:list", { table: "counters" });
      return row.value;
    },
    expected: 8,
  },
});

export const permits = defineSubject("permits", {
  scheduledAtOnce: {
    rule: "a deployment of class S16 runs eight scheduled functions at a time",
    needs: ["permits"],
    observe: async (t) => {
      await t.mutation("occ:scheduleHolds", { count: 20, ms: 5000 });
      await t.settle();
      return await t.query("occ:overlap");
    },
    expected: { holds: 20, most: 8 },
  },
  actionsReject: {
    rule: "an action that waits ten seconds for a permit is refused",
    needs: ["permits"],
    observe: async (t) => {
      const held = Array.from({ length: 65 }, () =>
        t.action("occ:hold", { ms: 15_000 }).catch((error) => error.message),
      );
      const outcomes = await Promise.all(held);
      return {
        held: outcomes.filter((one) => one === "held").length,
        refused: outcomes.find((one) => one !== "held"),
      };
    },
    expected: { held: 64, refused: /TooManyConcurrentRequests|[Tt]oo many concurrent/ },
  },
  childTakesAnother: {
    rule: "a child action takes a permit of its own: parents that hold all starve their children",
    needs: ["permits"],
    observe: async (t) => {
      const calls = Array.from({ length: 64 }, () =>
        t.action("occ:holdTwo", { ms: 1000 }),
      );
      const outcomes: any[] = await Promise.all(calls);
      return outcomes.some((one) => /concurrent/i.test(one.error ?? ""));
    },
    expected: true,
  },
});
