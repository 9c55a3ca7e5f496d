/**
 * The example's reviews, three documents on two executors, with the simulated Messages API
 * as their `fetch`.
 */
import { createHaiku, createHaikuFetch } from "../../../bench/haiku/index.js";
import { loadExample } from "../../../demo/backend/example.js";
import { waitOn } from "../../../demo/backend/time.js";
import { api } from "../../../example/convex/_generated/api.js";
import type { Clock } from "../../../sim/index.js";
import { endings } from "../judge.js";
import { ledger } from "../ledger.js";
import { Play, SEED, type Scenario } from "../play.js";

/** Two executors, and slots enough for the two calls that a review makes at once. */
const LAYOUT = { EXECUTOR_SHARDS: "2", EXECUTOR_SLOTS_PER_SHARD: "2" };
/** Calls that may be under way at once: what a crash costs at most, the rest is recorded. */
const SLOTS = 4;
const DOCUMENTS = ["first", "second", "third"].map((title) => ({
  title,
  text: `# The ${title} document\n\nIt is the ${title} of a few. Each is short.`,
}));

/** The example reads its layout once, when it is loaded. */
Object.assign(process.env, LAYOUT);
const { app } = await loadExample({ ANTHROPIC_API_KEY: createHaiku().options.apiKey });

function openFetch(clock: Clock): typeof globalThis.fetch {
  const sleep = async (ms: number, signal?: AbortSignal) => waitOn(clock, ms, signal);
  const apiClock = { now: () => clock.now(), sleep };
  const haiku = createHaiku({ seed: SEED, latencyMedianMs: 300 }, apiClock);
  const fetch = createHaikuFetch(haiku);
  return async (...args) => {
    ledger().note("request");
    return await fetch(...args);
  };
}

const unswept: Scenario = {
  name: "the example's reviews",
  app,
  fetch: openFetch,
  begin: async ({ convex }) => {
    const documentIds = [];
    for (const document of DOCUMENTS) {
      documentIds.push(await convex.mutation(api.documents.add, document));
    }
    await convex.mutation(api.reviews.start, { documentIds });
  },
  facts: (play) => ({
    states: endings(play).map(({ state }) => state),
    reviews: listReviews(play),
  }),
  extraAttempts: SLOTS,
  expected: null,
};

/** The same prompts get the same answers: those of a run in which nothing goes wrong. */
export const reviews: Scenario = {
  ...unswept,
  expected: {
    states: ["completed", "completed", "completed"],
    reviews: listReviews(await Play.run(unswept)),
  },
};

interface Review {
  readonly documentId: string;
  readonly outline?: string;
  readonly tone?: string;
  readonly keywords?: string[];
  readonly summary?: string;
}

/** All reviews, in the order of their documents, and what is stored of each. */
function listReviews(play: Play): Omit<Review, "documentId">[] {
  const documents = play.rows<{ _id: string }>("documents", "").map(({ _id }) => _id);
  const placeOf = (row: Review) => documents.indexOf(row.documentId);
  return play
    .rows<Review>("reviews", "")
    .sort((a, b) => placeOf(a) - placeOf(b))
    .map(({ outline, tone, keywords, summary }) => ({
      outline,
      tone,
      keywords,
      summary,
    }));
}
