/** Text search and vector search. */
import { byAction, byQuery, defineSubject } from "../case.js";
import { satisfies } from "../expectation.js";
import type { Deployment } from "../target.js";

const NOTES = [
  { text: "the quick brown fox", category: "animals" },
  { text: "quick bread recipes", category: "food" },
  { text: "slow cooking", category: "food" },
];

const searching = (args: Record<string, unknown>) => async (t: Deployment) => {
  await t.mutation("rows:insert", { table: "notes", rows: NOTES });
  return [...(await t.query("search:searched", args))].sort();
};

const VECTORS = [
  { label: "east", vector: [1, 0] },
  { label: "north", vector: [0, 1] },
  { label: "north-east", vector: [1, 1] },
  { label: "west", vector: [-1, 0] },
];

const nearest = (args: Record<string, unknown>) => async (t: Deployment) => {
  const ids = await t.mutation("rows:insert", { table: "embeddings", rows: VECTORS });
  const found: any[] = await t.action("vectors:nearest", args);
  return found.map(({ _id, _score }) => ({
    label: VECTORS[ids.indexOf(_id)]?.label,
    score: Math.round(_score * 1000) / 1000,
  }));
};

export const search = defineSubject("search", {
  word: {
    rule: "a search finds the documents with the word",
    observe: searching({ words: "quick" }),
    expected: ["quick bread recipes", "the quick brown fox"],
  },
  caseless: {
    rule: "case does not matter",
    observe: searching({ words: "SLOW" }),
    expected: ["slow cooking"],
  },
  prefix: {
    rule: "the last word of a search is a prefix",
    observe: searching({ words: "cook" }),
    expected: ["slow cooking"],
  },
  anyWord: {
    rule: "documents with any of the words are found",
    observe: searching({ words: "fox slow" }),
    expected: ["slow cooking", "the quick brown fox"],
  },
  noWord: {
    rule: "documents with none of the words are not found",
    observe: searching({ words: "elephant" }),
    expected: [],
  },
  filterField: {
    rule: "an equality on a filter field narrows the search",
    observe: searching({ words: "quick", category: "food" }),
    expected: ["quick bread recipes"],
  },
  limited: {
    rule: "take limits a search",
    observe: async (t) => (await searching({ words: "quick", take: 1 })(t)).length,
    expected: 1,
  },
  best: {
    rule: "the document with more of the words comes first",
    observe: async (t) => {
      await t.mutation("rows:insert", { table: "notes", rows: NOTES });
      return (await t.query("search:searched", { words: "bread quick" }))[0];
    },
    expected: "quick bread recipes",
  },
  refused: {
    rule: "a search has its own order, and only fields of its index",
    observe: byQuery("search:searchErrors"),
    expected: {
      ordered: { error: /must always be in relevance order/ },
      otherField: { error: /filter|field/i },
      wrongSearchField: { error: /search|field/i },
    },
  },
  nearest: {
    rule: "a vector search gives ids and cosine scores, nearest first",
    observe: nearest({ vector: [1, 0] }),
    expected: [
      { label: "east", score: 1 },
      { label: "north-east", score: 0.707 },
      { label: "north", score: 0 },
      { label: "west", score: -1 },
    ],
  },
  nearestLimited: {
    rule: "a vector search gives no more than its limit",
    observe: nearest({ vector: [0, 2], limit: 2 }),
    expected: [
      { label: "north", score: 1 },
      { label: "north-east", score: 0.707 },
    ],
  },
  nearestFiltered: {
    rule: "a vector search filters by equalities, any of which may hold",
    observe: nearest({ vector: [1, 0], labels: ["west", "north"] }),
    expected: [
      { label: "north", score: 0 },
      { label: "west", score: -1 },
    ],
  },
  nearestDefault: {
    rule: "a vector search gives ten rows when no limit is given",
    observe: async (t) => {
      const rows = Array.from({ length: 12 }, (_, index) => ({
        label: String(index),
        vector: [1, index],
      }));
      await t.mutation("rows:insert", { table: "embeddings", rows });
      return (await t.action("vectors:nearest", { vector: [1, 0] })).length;
    },
    expected: 10,
  },
  vectorErrors: {
    rule: "an unknown index, a vector of other dimensions and a huge limit are refused",
    observe: byAction("vectors:errors"),
    expected: {
      unknownIndex: { error: /by_nothing/ },
      emptyVector: { error: /must be a non-empty Array/ },
      wrongDimensions: { error: /dimension/i },
      limitTooLarge: { error: /limit|256/i },
    },
  },
  nothing: {
    rule: "an empty table has no neighbors",
    observe: byAction("vectors:nearest", { vector: [1, 0] }),
    expected: satisfies("an empty list", (list) => list.length === 0),
  },
});
