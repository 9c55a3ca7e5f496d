// @vitest-environment node
/**
 * That options which make no sense are refused by name, and that the README has them all.
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DEFAULT_OPTIONS, type HaikuOptions, resolveOptions } from "./options.js";

const limit = (overrides: Record<string, number>) => ({
  requestsPerMinute: 60,
  capacityRequests: 2,
  initialRequests: 0,
  ...overrides,
});

const change = (overrides: Record<string, number> = {}) => ({
  atMs: 1_000,
  requestsPerMinute: 30,
  capacityRequests: 1,
  ...overrides,
});

describe("resolveOptions", () => {
  test("what is not given has its default", () => {
    expect(resolveOptions({ seed: 5 })).toMatchObject({
      seed: 5,
      latencyMedianMs: 1_200,
      rateLimit: { requestsPerMinute: 4_000, capacityRequests: 67 },
    });
  });

  test.each<[Partial<HaikuOptions>, RegExp]>([
    [{ seed: 0.5 }, /^seed is 0.5/],
    [{ apiKey: "" }, /^apiKey/],
    [{ models: [] }, /^models/],
    [{ latencyMedianMs: -1 }, /^latencyMedianMs is -1/],
    [{ latencySigma: Number.NaN }, /^latencySigma is NaN/],
    [{ refusalMs: Number.POSITIVE_INFINITY }, /^refusalMs/],
    [{ bodyBytesMax: 0 }, /^bodyBytesMax/],
    [{ inputTokensMax: 1.5 }, /^inputTokensMax/],
    [{ outputTokensMax: 0 }, /^outputTokensMax/],
    [{ dropProbability: -0.1 }, /^dropProbability/],
    [{ dropProbability: 0.6, apiErrorProbability: 0.6 }, /sum of the fault/],
    [{ rateLimit: limit({ requestsPerMinute: 0 }) }, /requestsPerMinute/],
    [{ rateLimit: limit({ capacityRequests: 0.5 }) }, /capacityRequests/],
    [{ rateLimit: limit({ initialRequests: 3 }) }, /from 0 to the capacity 2/],
    [{ rateLimit: null, rateLimitChanges: [change()] }, /\[0\] is given, .*no rateLimit/],
    [{ rateLimitChanges: [change({ atMs: 0 })] }, /^rateLimitChanges\[0\]\.atMs is 0/],
    [{ rateLimitChanges: [change(), change()] }, /\[1\]\.atMs .* above 1000$/],
    [{ rateLimitChanges: [change({ capacityRequests: 0 })] }, /\[0\]\.capacityRequests/],
  ])("%j is refused", (overrides, message) => {
    expect(() => resolveOptions(overrides)).toThrow(message);
  });
});

describe("README.md", () => {
  test("its table has a row for every option, and no other", () => {
    const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
    const rows = [...readme.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);

    expect(rows).toEqual(Object.keys(DEFAULT_OPTIONS));
  });
});
