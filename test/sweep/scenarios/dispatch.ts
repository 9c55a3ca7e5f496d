/**
 * A fan-out wider than what one executor runs of a workflow: actions, mutations and queries
 * beyond that become workflows of their own, dealt over two seats. One fails for good.
 */
import { buildApp, ref, workflowRef } from "../app.js";
import { effects, endings, type Ending } from "../judge.js";
import type { Play, Scenario } from "../play.js";

/** Steps of one workflow that its executor runs itself, whatever its slots (LOCAL_STEPS_MIN). */
const LOCAL = 8;
const DEALT = ["d0", "d1", "d2", "d3", "d4"];
const LOCAL_KEYS = Array.from({ length: LOCAL }, (_, index) => `l${index}`);

const { source, executor } = buildApp({}, (executor) => ({
  main: executor.define({}).handler(async (step) => {
    const work = async (key: string) =>
      await step.runAction(ref<"action">("work"), { key, ms: 40 });
    const charge = async (key: string) =>
      await step.runMutation(ref<"mutation">("charge"), { key });
    const local = LOCAL_KEYS.map(work);
    const [first, ...others] = DEALT;
    const dealt = [
      work(first!),
      step.runQuery(ref<"query">("look"), {}),
      step
        .runAction(
          ref<"action">("work"),
          { key: "failing", ms: 10, failures: 9 },
          { retry: { maxAttempts: 2, initialBackoffMs: 50 } },
        )
        .catch((error: Error) => error.message),
      ...others.map(charge),
    ];
    return await Promise.all([...local, ...dealt]);
  }),
}));

export const dispatch: Scenario = {
  name: "a fan-out that is dealt",
  app: source,
  begin: async (play) => {
    await play.inMutation(async (ctx) =>
      executor.start(ctx, workflowRef("main"), {}, { key: "main" }),
    );
  },
  facts: (play) => {
    const [main, ...dealt] = endings(play);
    return {
      main,
      dealt: dealt.map(({ state }: Ending) => state).sort(),
      ...whatRan(play),
    };
  },
  expected: {
    main: {
      name: "main",
      state: "completed",
      result: [...LOCAL_KEYS, "d0", "seen", "failing fails", "d1", "d2", "d3", "d4"],
    },
    dealt: ["completed", "failed", ...DEALT.map(() => "completed")].sort(),
    effects: ["d1", "d2", "d3", "d4"],
    seats: 2,
  },
};

/** Effects of mutations, and on how many shards the dealt steps have stood. */
function whatRan(play: Play): object {
  const rows = play.rows<{ parent?: object; shard: number }>("workflows");
  const shards = rows.filter(({ parent }) => parent).map(({ shard }) => shard);
  return { effects: effects(play), seats: new Set(shards).size };
}
