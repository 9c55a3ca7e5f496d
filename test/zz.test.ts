import { expect, test } from "vitest";
import { GateApp } from "./harness/gateApp.js";

test.skip("one", async () => {
  const app = new GateApp({ shards: 1, seats: 1 });
  await app.begin([{ key: "a", gate: { key: "g", rate: 10, per: 1000 } }]);
  await app.run();
  console.log(app.calls.length, app.faults.counts, await app.gates());
});
test.skip("rate", async () => {
  const app = new GateApp({ shards: 1, seats: 1 });
  await app.beginMany(100, { gate: { key: "g", rate: 10, per: 1000 } });
  await app.run();
  console.log(app.calls.length, app.faults.counts, app.times.join(" "), app.weightMaxIn(1000));
  console.log(await app.states());
  expect(app.order).toEqual([...app.order].sort((a,b)=>Number(a.slice(1))-Number(b.slice(1))));
});
test("10 executors", async () => {
  const app = new GateApp({ shards: 10, seats: 10 });
  await app.beginMany(1000, { ms: 4000, gate: { key: "g", rate: 4000, per: 60_000 } });
  await app.run();
  console.log(app.calls.length, app.faults.counts, app.times.at(-1), app.weightMaxIn(1000));
  const o=app.order.map(k=>Number(k.slice(1))); let inv=0; for(let i=1;i<o.length;i++) inv=Math.max(inv,o[i-1]!-o[i]!);
  console.log("max inversion", inv, 1000/(app.times.at(-1)!/1000));
});
test.skip("concurrency", async () => {
  const app = new GateApp({ shards: 2, seats: 2 });
  await app.beginMany(30, { ms: 1500, gate: { key: "g", concurrency: 3 } });
  await app.run();
  console.log(app.calls.length, app.faults.counts, app.times.join(" "), app.weightMax);
  console.log(app.order.join(" "), await app.gates());
});
