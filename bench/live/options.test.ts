/** Which deployment a live run means, and whose key it sends there; names of runs. */
import { describe, expect, test } from "vitest";
import { resolveTarget } from "./options.js";
import { createRun, parseRun } from "./runId.js";

const NONE = { url: null, adminKey: null };
const FILE = {
  CONVEX_DEPLOYMENT: "dev:calm-cat-1 # team: a",
  CONVEX_DEPLOY_KEY: "of-file",
};

describe("resolveTarget", () => {
  test("options come first, and a URL may end in a slash", () => {
    const options = { url: "https://a.example/", adminKey: "k" };

    expect(resolveTarget(options, { CONVEX_URL: "https://b" }, FILE)).toEqual({
      url: "https://a.example",
      adminKey: "k",
    });
  });

  test.each([
    ["a deployment's name", FILE, "https://calm-cat-1.convex.cloud", "of-file"],
    [
      "its URL, as a region has its own",
      { ...FILE, CONVEX_URL: "https://calm-cat-1.eu-west-1.convex.cloud" },
      "https://calm-cat-1.eu-west-1.convex.cloud",
      "of-file",
    ],
    [
      "a deploy key alone",
      { CONVEX_DEPLOY_KEY: "prod:calm-cat-2|secret" },
      "https://calm-cat-2.convex.cloud",
      "prod:calm-cat-2|secret",
    ],
    [
      "self-hosted",
      { CONVEX_SELF_HOSTED_URL: "http://h:3210", CONVEX_SELF_HOSTED_ADMIN_KEY: "s" },
      "http://h:3210",
      "s",
    ],
  ])("%s", (_, file, url, adminKey) => {
    expect(resolveTarget(NONE, {}, file)).toEqual({ url, adminKey });
    expect(resolveTarget(NONE, file, {})).toEqual({ url, adminKey });
  });

  test("the environment's key is for the file's deployment", () => {
    const file = { CONVEX_DEPLOYMENT: "dev:calm-cat-1" };

    expect(resolveTarget(NONE, { CONVEX_DEPLOY_KEY: "of-env" }, file)).toMatchObject({
      url: "https://calm-cat-1.convex.cloud",
      adminKey: "of-env",
    });
  });

  test("a key never goes to an address of another source", () => {
    const env = { CONVEX_URL: "https://b.example" };
    const url = "https://a.example";

    expect(() => resolveTarget({ url, adminKey: null }, {}, FILE)).toThrow(/--admin-key/);
    expect(() => resolveTarget(NONE, env, FILE)).toThrow(/No key for https:\/\/b/);
  });

  test("says what is missing, or wrong", () => {
    const noKey = { CONVEX_DEPLOYMENT: "dev:calm-cat-1" };
    const noUrl = { url: "nonsense", adminKey: "k" };

    expect(() => resolveTarget(NONE, {}, {})).toThrow(/Which deployment\?.*\.env\.local/);
    expect(() => resolveTarget(NONE, {}, noKey)).toThrow(/CONVEX_DEPLOY_KEY/);
    expect(() => resolveTarget(noUrl, {}, {})).toThrow(/"nonsense" is no URL/);
  });
});

describe("names of runs", () => {
  test("a name alone says how large its run is", () => {
    const run = createRun(20_000, 1_790_000_000_000.5);

    expect(parseRun(run.id, 200_000)).toEqual(run);
  });

  test.each(["", "haiku-0-a", "haiku-200001-a", "haiku-9-A", "io-9-a"])(
    "refuses %j",
    (id) => {
      expect(() => parseRun(id, 200_000)).toThrow(/names no run/);
    },
  );
});
