import { describe, expect, test } from "vitest";
import { resolveLayout } from "./slots.js";

describe("resolveLayout", () => {
  test.each([
    [20, 4, 5],
    [1_000, 4, 250],
    [6, 3, 2],
    [7, 1, 7],
    [2, 2, 1],
    [1, 1, 1],
  ])("%i slots: %i shards of %i", (slots, shards, slotsPerShard) => {
    expect(resolveLayout(slots)).toEqual({ shards, slotsPerShard });
  });
});
