/**
 * One run of the example's reviews on the embedded Convex, in virtual time, with the
 * simulated Messages API as its `fetch`.
 *
 * Owns the run from the documents to the end of all work, with an operator who starts
 * executors again when all is idle and work is left. Judges nothing.
 */
import { openTime } from "../../demo/backend/time.js";
import { loadExample } from "../../demo/backend/example.js";
import { createHaiku, createHaikuFetch } from "../../bench/haiku/index.js";
import { api, components } from "../../example/convex/_generated/api.js";
import { createConvex, type Convex, type ConvexOptions } from "../../sim/index.js";
import { CommitWatch } from "./commitWatch.js";

/** What is stored of a review, apart from whose it is. */
export interface Review {
  readonly outline?: string;
  readonly tone?: string;
  readonly keywords?: string[];
  readonly summary?: string;
}

export interface ReviewRun {
  readonly convex: Convex;
  /** Looked at every commit. */
  readonly watch: CommitWatch;
  /** How often the operator had to start executors. */
  readonly restarts: number;
  /** Requests that the API got. */
  readonly requests: number;
}

/** Two executors, and slots enough for the two calls that a review makes at once. */
const LAYOUT = { EXECUTOR_SHARDS: "2", EXECUTOR_SLOTS_PER_SHARD: "2" };
const DOCUMENTS = ["first", "second", "third"].map((title) => ({
  title,
  text: `# The ${title} document\n\nIt is the ${title} of a few. Each is short.`,
}));
/** Times an operator looks after a run before it counts as stuck. */
const RESTARTS_MAX = 3;
/** Of everything; `SWEEP_SEED=2 npx vitest run test/sweep` sweeps another course of events. */
const SEED = Number(process.env.SWEEP_SEED ?? 1);

/** The example reads its layout once, when it is loaded. */
Object.assign(process.env, LAYOUT);
const haikuKey = createHaiku().options.apiKey;
const example = await loadExample({ ANTHROPIC_API_KEY: haikuKey });

/** Runs all reviews to their end, under faults. */
export async function runReviews(
  faults: ConvexOptions["faults"],
  prepare: (convex: Convex) => void = () => {},
): Promise<ReviewRun> {
  const { clock, apiClock } = openTime("virtual");
  const haiku = createHaiku({ seed: SEED, latencyMedianMs: 300 }, apiClock);
  const fetch = createHaikuFetch(haiku);
  const convex = await createConvex({ ...example, clock, fetch, seed: SEED, faults });
  const watch = new CommitWatch(convex);
  prepare(convex);
  const documentIds = [];
  for (const document of DOCUMENTS) {
    documentIds.push(await convex.mutation(api.documents.add, document));
  }
  await convex.mutation(api.reviews.start, { documentIds });
  await convex.runUntilIdle();
  let restarts = 0;
  while (isWorkLeft(convex) && restarts < RESTARTS_MAX) {
    restarts += 1;
    await convex.mutation(components.executor.operators.startExecutors, {});
    await convex.runUntilIdle();
  }
  return { convex, watch, restarts, requests: haiku.stats().requests };
}

/** Every broken invariant, as the component's own audit finds them. */
export async function auditAll(convex: Convex): Promise<unknown[]> {
  const violations: unknown[] = [];
  for (let cursor: string | null = null; ;) {
    const answer: { violations: unknown[]; cursor: string | null } = await convex.query(
      components.executor.operators.audit,
      { cursor },
    );
    violations.push(...answer.violations);
    if (answer.cursor === null) return violations;
    cursor = answer.cursor;
  }
}

/** All reviews, in the order of their documents. */
export function listReviews(convex: Convex): Review[] {
  const documents = convex.rows<{ _id: string }>("", "documents").map(({ _id }) => _id);
  const placeOf = (row: { documentId: string }) => documents.indexOf(row.documentId);
  return convex
    .rows<Review & { documentId: string }>("", "reviews")
    .sort((a, b) => placeOf(a) - placeOf(b))
    .map(({ outline, tone, keywords, summary }) => ({
      outline,
      tone,
      keywords,
      summary,
    }));
}

/** Jobs of all components that neither ended nor were canceled. */
export function listOpenJobs(convex: Convex): unknown[] {
  const paths = ["", ...Object.keys(example.components ?? {})];
  return paths
    .flatMap((path) => convex.rows<JobRow>(path, "_scheduled_functions"))
    .filter(({ state }) => state.kind === "pending" || state.kind === "inProgress");
}

interface JobRow {
  readonly state: { readonly kind: string };
}

function isWorkLeft(convex: Convex): boolean {
  return convex
    .rows<{ state: string }>("executor", "workflows")
    .some(({ state }) => state !== "completed");
}
