/**
 * What `npm run bench -- --live` runs and reads on a deployment of this example: the
 * benchmark's workflow, how it is started, and what it says of itself. Internal, so that only
 * whoever holds the deployment's key can spend money with it. An app needs none of it.
 */
import { vWorkflowId, type WorkflowId } from "convex-executor";
import { v, type Infer } from "convex/values";
import { internal } from "./_generated/api";
import { internalMutation, internalQuery } from "./_generated/server";
import { anthropic } from "./anthropic";
import { ANSWER_TOKENS_MAX, renderDocument, renderSystem } from "./benchPrompts";
import { executor } from "./executor";
import { MODEL, readText, send } from "./messagesApi";

/** Raised when these functions change: the program refuses a deployment that has others. */
const EDITION = 1;
/** Scheduled functions that are looked through, the newest first. */
const JOBS_READ = 1_000;

/** One answer, with what is not in the journal: when its attempt ran, and its tokens. */
const vAnswer = v.object({
  text: v.string(),
  from: v.number(),
  to: v.number(),
  inputTokens: v.number(),
  outputTokens: v.number(),
});

/** Four calls: one, then two in parallel, then one. */
export const main = executor
  .define({ args: { index: v.number() }, returns: v.null() })
  .handler(async (step, { index }): Promise<null> => {
    const claude = anthropic ? step.withOptions({ gate: anthropic }) : step;
    const ask = async (call: number, earlier: string[]): Promise<string> => {
      const args = { index, call, earlier };
      return (await claude.runAction(internal.bench.call, args)).text;
    };
    const outline = await ask(0, []);
    const [tone, keywords] = await Promise.all([ask(1, [outline]), ask(2, [outline])]);
    await ask(3, [outline, tone, keywords]);
    return null;
  });

/** Makes one call. */
export const call = executor.action({
  args: { index: v.number(), call: v.number(), earlier: v.array(v.string()) },
  returns: vAnswer,
  handler: async (ctx, args): Promise<Infer<typeof vAnswer>> => {
    const from = Date.now();
    const message = await send(ctx, {
      system: renderSystem(args.call),
      text: renderDocument(args.index, args.earlier),
      tokensMax: ANSWER_TOKENS_MAX,
    });
    return {
      text: readText(message),
      from,
      to: Date.now(),
      inputTokens: message.usage.input_tokens,
      outputTokens: message.usage.output_tokens,
    };
  },
});

/** Starts a page of a run; a workflow of a run is started once, however often it is asked. */
export const start = internalMutation({
  args: { run: v.string(), from: v.number(), count: v.number() },
  returns: v.array(v.string()),
  handler: async (ctx, { run, from, count }): Promise<string[]> =>
    await executor.startMany(
      ctx,
      internal.bench.main,
      Array.from({ length: count }, (_, offset) => ({
        args: { index: from + offset },
        key: `${run}:${from + offset}`,
      })),
    ),
});

const vDescription = v.object({
  edition: v.number(),
  /** The deployment's class. */
  class: v.string(),
  /** Of what `executor.ts` and `anthropic.ts` read, what is set. */
  shards: v.optional(v.number()),
  slotsPerShard: v.optional(v.number()),
  requestsPerMinute: v.optional(v.number()),
  hasApiKey: v.boolean(),
  model: v.string(),
  /** Where the calls go, if not to the API's own address. */
  baseUrl: v.optional(v.string()),
  /** Scheduled functions of the app itself that run now. */
  jobsRunning: v.number(),
});

/** Says what the program has to know before it starts anything. */
export const describe = internalQuery({
  args: {},
  returns: vDescription,
  handler: async (ctx): Promise<Infer<typeof vDescription>> => {
    const { env } = process;
    const jobs = await ctx.db.system
      .query("_scheduled_functions")
      .order("desc")
      .take(JOBS_READ);
    return {
      edition: EDITION,
      class: (await ctx.meta.getDeploymentMetadata()).class,
      ...readNumber("shards", env.EXECUTOR_SHARDS),
      ...readNumber("slotsPerShard", env.EXECUTOR_SLOTS_PER_SHARD),
      ...readNumber("requestsPerMinute", env.ANTHROPIC_REQUESTS_PER_MINUTE),
      hasApiKey: Boolean(env.ANTHROPIC_API_KEY),
      model: env.ANTHROPIC_MODEL ?? MODEL,
      ...(env.ANTHROPIC_BASE_URL ? { baseUrl: env.ANTHROPIC_BASE_URL } : {}),
      jobsRunning: jobs.filter(({ state }) => state.kind === "inProgress").length,
    };
  },
});

/** A field, if its variable is set to a number. */
function readNumber(name: string, setting: string | undefined): Record<string, number> {
  const value = Number(setting || NaN);
  return Number.isNaN(value) ? {} : { [name]: value };
}

const vStep = v.object({
  number: v.number(),
  attempts: v.number(),
  startedAt: v.number(),
  answer: v.optional(vAnswer.omit("text")),
});
const vSeen = v.object({
  state: v.string(),
  createdAt: v.number(),
  finishedAt: v.optional(v.number()),
  error: v.optional(v.string()),
  steps: v.array(vStep),
});

/** Looks at some workflows, in the order given; `withSteps` at their steps too. */
export const look = internalQuery({
  args: { ids: v.array(vWorkflowId), withSteps: v.boolean() },
  returns: v.array(vSeen),
  handler: async (ctx, { ids, withSteps }): Promise<Infer<typeof vSeen>[]> => {
    const seen: Infer<typeof vSeen>[] = [];
    for (const id of ids) {
      const { state, createdAt, finishedAt, error } = await executor.getStatus(ctx, id);
      seen.push({
        state,
        createdAt,
        ...(finishedAt === undefined ? {} : { finishedAt }),
        ...(error ? { error: error.message } : {}),
        steps: withSteps ? await readSteps(ctx, id) : [],
      });
    }
    return seen;
  },
});

/** All four steps are one page. */
async function readSteps(
  ctx: Parameters<typeof executor.listSteps>[0],
  workflow: WorkflowId,
): Promise<Infer<typeof vStep>[]> {
  const { page } = await executor.listSteps(ctx, { workflow });
  return page.map(({ number, attempts, startedAt, outcome }) => {
    if (outcome?.kind !== "completed") return { number, attempts, startedAt };
    const { text: _, ...answer } = outcome.value as Infer<typeof vAnswer>;
    return { number, attempts, startedAt, answer };
  });
}
