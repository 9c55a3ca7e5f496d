/** Help, of which any place may be the last that owner or helper comes to. */
import { expect, test } from "vitest";
import { Play } from "./play.js";
import { help } from "./scenarios/help.js";
import { sweepScenario } from "./sweep.js";

sweepScenario(help);

test("some of the workflows of this scenario are moved", async () => {
  const play = await Play.run(help);

  const shards = play.rows<{ shard: number }>("workflows").map(({ shard }) => shard);
  expect(new Set(shards).size).toBe(2);
});
