/**
 * Work that is all on one shard, so that its seat is behind while others are idle (P18).
 *
 * Owns how it comes there, and the telling of helpers' calls from others. Nothing deals work
 * so unevenly: the rows are moved while their definition is paused and they stand nowhere.
 */
import { delay } from "./work.js";
import type { StartOptions, WorkflowId } from "../../src/client/index.js";
import type { Entry } from "../../src/shared/commit.js";
import { SECOND } from "../../src/shared/constants.js";
import type { TestApp } from "./app.js";

/** Where all work stands; the seat of the same number serves it. */
export const HOT = 0;
/** Workflows that one mutation starts. */
const PAGE = 500;

/** Starts workflows, all of them on one shard. */
export async function startOnOneShard(
  app: TestApp,
  items: ({ args: object } & StartOptions)[],
): Promise<WorkflowId[]> {
  const definition = "app:main";
  await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
  await app.run();
  await app.operate("pause", { definition });
  const ids: WorkflowId[] = [];
  for (let from = 0; from < items.length; from += PAGE)
    ids.push(...(await app.startMany("main", items.slice(from, from + PAGE))));
  await moveToHotShard(app);
  // Whoever was started for them retires, and a resumption takes up what was there before.
  await app.runFor(5 * SECOND);
  await app.operate("resume", { definition });
  return ids;
}

/** Puts all workflows, and what stands in queues for them, on the hot shard. */
export async function moveToHotShard(app: TestApp): Promise<void> {
  await app.inComponent(async (db) => {
    for (const table of ["workflows", "taskQueue", "replayQueue", "timers"] as const)
      for (const { _id } of await db.query(table).collect())
        await db.patch(_id, { shard: HOT });
  });
}

/** The seat of an executor, by its index. */
export function seatOf(app: TestApp, index: number): number {
  return app.faults.incarnations[index]!.self.seat;
}

/** Rows of `taskQueue` that a call would claim. */
export function claimedTasks(name: string, args: unknown): string[] {
  if (name !== "executor:commit") return [];
  const { entries } = args as { entries: Entry[] };
  return entries.flatMap(({ operations }) =>
    operations.flatMap((one) => (one.op === "claimTask" ? [one.task] : [])),
  );
}

/** Whether a call is a helper's commit that takes a workflow of the hot shard. */
function isHelp(app: TestApp, name: string, args: unknown, index: number): boolean {
  return seatOf(app, index) !== HOT && claimedTasks(name, args).length > 0;
}

/** Does something once, before helpers' first commit, or after it. */
export function aroundFirstHelp(
  app: TestApp,
  when: "onCall" | "onAnswer",
  act: (help: { entries: Entry[]; index: number }) => void | Promise<void>,
): { happened: boolean } {
  const seen = { happened: false };
  app.faults[when] = async (name, args, index) => {
    if (seen.happened || !isHelp(app, name, args, index)) return;
    seen.happened = true;
    await act({ entries: (args as { entries: Entry[] }).entries, index });
  };
  return seen;
}

/** Waits within a call, as long as a condition does not hold. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  while (!(await condition())) await delay(1);
}
