/** Limits of a transaction: what is counted, and where it ends. */
import { byMutation, byQuery, defineSubject } from "../case.js";
import { fails, satisfies } from "../expectation.js";
import type { DeployOptions, Deployment } from "../target.js";

const ENFORCED: DeployOptions = { enforcesLimits: true };

/** Uses of a transaction over three rows of which each is 34 bytes and more. */
const metering = (name: string) => async (t: Deployment) => {
  const rows = ["a", "b", "c"].map((key) => ({ key }));
  await t.mutation("rows:insert", { table: "items", rows });
  const { bytesRead, bytesWritten, scheduledFunctionArgsBytes, ...used } =
    await t.mutation(`meta:${name}`);
  return {
    ...used,
    readsBytes: bytesRead !== undefined,
    writesBytes: bytesWritten !== undefined,
    argsBytes: scheduledFunctionArgsBytes !== undefined,
  };
};

const none = { readsBytes: false, writesBytes: false, argsBytes: false };
const reads = { ...none, readsBytes: true };

const budgets = (calls: object[], rows = 0) => ({
  options: ENFORCED,
  observe: async (t: Deployment) => {
    await t.mutation("limits:insertMany", { count: rows });
    return await t.mutation("limits:withBudgets", { calls });
  },
});

const insert = (count: number, transactionLimits: object, bytes = 1) => ({
  name: "insertMany",
  args: { count, bytes },
  transactionLimits,
});

export const limits = defineSubject("limits", {
  kinds: {
    rule: "a transaction has these limits",
    observe: byQuery("meta:limits"),
    expected: {
      bytesRead: 1 << 24,
      bytesWritten: 1 << 24,
      databaseQueries: 4096,
      documentsRead: 32_000,
      documentsWritten: 16_000,
      functionsScheduled: 1000,
      scheduledFunctionArgsBytes: 1 << 24,
    },
  },
  insert: {
    rule: "an insert writes one document and reads none",
    observe: metering("meterInsert"),
    expected: { ...none, writesBytes: true, documentsWritten: 1 },
  },
  get: {
    rule: "a query's row and a get are a range and a document each",
    observe: metering("meterGet"),
    expected: { ...reads, databaseQueries: 2, documentsRead: 2 },
  },
  missing: {
    rule: "what is not there is a range and no document",
    observe: metering("meterMissing"),
    expected: { ...none, databaseQueries: 1 },
  },
  filter: {
    rule: "documents that a filter drops are read as well",
    observe: metering("meterFilter"),
    expected: { ...reads, databaseQueries: 1, documentsRead: 3 },
  },
  take: {
    rule: "take reads what it takes",
    observe: metering("meterTake"),
    expected: { ...reads, databaseQueries: 1, documentsRead: 2 },
  },
  merged: {
    rule: "ranges that overlap count as one, their documents each time",
    observe: metering("meterMerged"),
    expected: { ...reads, databaseQueries: 1, documentsRead: 5 },
  },
  patch: {
    rule: "a patch reads and writes its document",
    observe: metering("meterPatch"),
    expected: satisfies(
      "two reads, one write",
      (used) =>
        used.documentsRead === 2 && used.documentsWritten === 1 && used.writesBytes,
    ),
  },
  delete: {
    rule: "a delete writes a document of no bytes",
    observe: metering("meterDelete"),
    expected: satisfies(
      "one write without bytes",
      (used) => used.documentsWritten === 1 && !used.writesBytes,
    ),
  },
  schedule: {
    rule: "scheduling counts functions and the bytes of their arguments, and no documents",
    observe: metering("meterSchedule"),
    expected: satisfies(
      "one function",
      (used) => used.functionsScheduled === 1 && used.documentsWritten === undefined,
    ),
  },
  rollback: {
    rule: "what a rolled back call read stays counted, and what it scheduled",
    observe: metering("meterRollback"),
    expected: satisfies(
      "three reads, a function, no writes",
      (used) =>
        used.documentsRead === 3 &&
        used.functionsScheduled === 1 &&
        used.documentsWritten === undefined,
    ),
  },
  nestedQuery: {
    rule: "a nested query counts in its caller's transaction",
    observe: metering("meterNestedQuery"),
    expected: { ...reads, databaseQueries: 1, documentsRead: 3 },
  },
  snapshotQuery: {
    rule: "a snapshot query has a budget of its own",
    observe: metering("meterSnapshot"),
    expected: none,
  },
  tooManyScheduled: {
    rule: "the thousand and first scheduled function of a transaction is an error",
    options: ENFORCED,
    observe: byMutation("limits:scheduleMany", { count: 1001 }),
    expected: fails(/Too many functions scheduled by this mutation \(limit: 1000\)/),
  },
  enforcedByDefault: {
    rule: "limits are enforced without asking",
    observe: byMutation("limits:scheduleMany", { count: 1001 }),
    expected: fails(/Too many functions scheduled by this mutation \(limit: 1000\)/),
  },
  tooManyBytes: {
    rule: "more than 16 MiB of writes are an error",
    options: ENFORCED,
    observe: byMutation("limits:insertMany", { count: 20, bytes: 900_000 }),
    expected: fails(
      /Too many bytes written in a single function execution \(limit: 16 MiB\)/,
    ),
  },
  tooManyRanges: {
    rule: "more than 4096 ranges are an error",
    options: ENFORCED,
    observe: byQuery("limits:readOneByOne", { count: 4100 }),
    expected: fails(/Too many reads in a single function execution \(limit: 4096\)/),
  },
  budget: {
    rule: "a nested call's budget holds for it alone, and its error can be caught",
    ...budgets([insert(3, { documentsWritten: 2 }), insert(2, { documentsWritten: 2 })]),
    expected: [
      { error: /Too many writes in a single function execution \(limit: 2\)/ },
      { ok: 2 },
    ],
  },
  budgetOnTop: {
    rule: "a budget counts from what the transaction has used",
    ...budgets([insert(3, {}), insert(2, { documentsWritten: 2 }), insert(1, {})]),
    expected: [{ ok: 3 }, { ok: 2 }, { ok: 1 }],
  },
  budgetOfReads: {
    rule: "a budget bounds reads",
    ...budgets(
      [{ name: "readMany", args: {}, transactionLimits: { documentsRead: 2 } }],
      3,
    ),
    expected: [
      { error: /Too many documents read in a single function execution \(limit: 2\)/ },
    ],
  },
  budgetNested: {
    rule: "a nested call cannot give out more than it has",
    ...budgets([
      {
        name: "relay",
        args: { count: 5, documentsWritten: 100 },
        transactionLimits: { documentsWritten: 3 },
      },
    ]),
    expected: [{ error: /Too many writes in a single function execution \(limit: 3\)/ }],
  },
  budgetSeen: {
    rule: "a nested call sees its remaining budget",
    options: ENFORCED,
    observe: async (t) => (await t.mutation("limits:budgetSeen")).remaining,
    expected: 5,
  },
  rowsStay: {
    rule: "a mutation that runs into a limit leaves nothing",
    options: ENFORCED,
    observe: async (t) => {
      await t
        .mutation("limits:insertMany", { count: 20, bytes: 900_000 })
        .catch(() => null);
      return (await t.query("rows:list", { table: "items" })).length;
    },
    expected: 0,
  },
});
