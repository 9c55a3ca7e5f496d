/** Commit timestamps and snapshot timestamps. */
import { byMutation, defineSubject } from "../case.js";
import { fails, satisfies } from "../expectation.js";
import type { Deployment } from "../target.js";

const NANOSECONDS_PER_MS = 1_000_000n;
const MAX = 2n ** 63n - 1n;

const list = async (t: Deployment): Promise<{ name: string; ts: bigint }[]> =>
  await t.query("stamps:list");

export const stamps = defineSubject("stamps", {
  resolves: {
    rule: "a commit timestamp is nanoseconds as an integer once it is committed",
    observe: async (t) => {
      await t.mutation("stamps:stamp", { name: "a" });
      const [row] = await list(t);
      const years = Number(row!.ts / NANOSECONDS_PER_MS) / (365.25 * 24 * 3_600_000);
      return { kind: typeof row!.ts, isOurTime: years > 50 && years < 200 };
    },
    expected: { kind: "bigint", isOurTime: true },
  },
  grows: {
    rule: "later commits have larger timestamps, without ties",
    observe: async (t) => {
      for (const name of ["a", "b", "c"]) {
        await t.mutation("stamps:stamp", { name });
      }
      const rows = await list(t);
      return {
        names: rows.map(({ name }) => name),
        distinct: new Set(rows.map(({ ts }) => ts)).size,
      };
    },
    expected: { names: ["a", "b", "c"], distinct: 3 },
  },
  onePerCommit: {
    rule: "all stamps of one commit are the same, those of nested mutations too",
    observe: async (t) => {
      await t.mutation("stamps:stampTwice");
      const rows = await list(t);
      return { rows: rows.length, distinct: new Set(rows.map(({ ts }) => ts)).size };
    },
    expected: { rows: 2, distinct: 1 },
  },
  returned: {
    rule: "a mutation that returns the placeholder returns its commit's timestamp",
    observe: async (t) => {
      const { nested } = await t.mutation("stamps:returned");
      const [row] = await list(t);
      return nested[0] === row!.ts;
    },
    expected: true,
  },
  readBack: {
    rule: "a query returns resolved timestamps",
    observe: async (t) => {
      await t.mutation("stamps:stamp", { name: "a" });
      return typeof (await t.query("stamps:returnedByQuery"));
    },
    expected: "bigint",
  },
  pending: {
    rule: "before the commit a stamp is a placeholder that sorts as the largest integer",
    observe: byMutation("stamps:pending"),
    expected: {
      order: ["fixed", "pending"],
      above: ["pending"],
      isPlaceholder: true,
      asText: "[unresolved commit timestamp]",
      asNumber: { error: /commit timestamp is unresolved/ },
    },
  },
  passed: {
    rule: "a placeholder passes through nested calls, and a validator of commit timestamps",
    observe: byMutation("stamps:passed"),
    expected: { backFromMutation: { ok: true }, toQuery: { ok: "taken" } },
  },
  notScheduled: {
    rule: "a placeholder is no argument of a scheduled function",
    observe: async (t) => (await t.mutation("jobs:refused")).placeholder,
    expected: { error: /placeholder|commit timestamp/i },
  },
  restamped: {
    rule: "a patched stamp moves behind all earlier ones",
    observe: async (t) => {
      await t.mutation("stamps:stamp", { name: "a" });
      await t.mutation("stamps:stamp", { name: "b" });
      await t.mutation("stamps:restamp", { name: "a" });
      return (await list(t)).map(({ name }) => name);
    },
    expected: ["b", "a"],
  },
  snapshotCovers: {
    rule: "the snapshot timestamp of a query bounds every stamp that it sees",
    observe: async (t) => {
      await t.mutation("stamps:stamp", { name: "a" });
      const { snapshot, newest } = await t.query("stamps:snapshotAndNewest");
      return { covers: snapshot >= newest, isLess: snapshot < MAX };
    },
    expected: { covers: true, isLess: true },
  },
  snapshotStays: {
    rule: "the snapshot timestamp does not move inside a transaction",
    observe: async (t) => {
      const { before, after } = await t.mutation("stamps:snapshots");
      const [row] = await list(t);
      return { stays: before === after, isBeforeCommit: before < row!.ts };
    },
    expected: { stays: true, isBeforeCommit: true },
  },
  snapshotMoves: {
    rule: "a later query has a later snapshot when there were commits between",
    observe: async (t) => {
      await t.mutation("stamps:stamp", { name: "a" });
      const first = await t.query("stamps:snapshotAndNewest");
      await t.mutation("stamps:stamp", { name: "b" });
      const second = await t.query("stamps:snapshotAndNewest");
      return second.snapshot > first.snapshot && second.newest > first.snapshot;
    },
    expected: true,
  },
  notFromClients: {
    rule: "a client has no placeholder: what looks like one is refused as an argument",
    observe: (t) => t.query("values:echoQuery", { value: { $commitTs: null } }),
    expected: fails(/\$commitTs|reserved|placeholder|unresolved/),
  },
  storedAsInteger: {
    rule: "a plain integer fits a validator of commit timestamps",
    observe: async (t) => {
      await t.mutation("rows:insert", { table: "stamps", rows: [{ name: "a", ts: 7n }] });
      return await list(t);
    },
    expected: satisfies("the row", (rows) => rows[0].ts === 7n),
  },
});
