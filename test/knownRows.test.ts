/** Executors name rows that they were told of; the component takes nobody's word for them (P12). */
import { beforeEach, describe, expect, test } from "vitest";
import type { TradeAnswer, TradeArgs } from "../src/component/gateTradeShapes.js";
import type { Riders } from "../src/component/riders.js";
import { PROTOCOL, type KnownRows } from "../src/shared/model.js";
import { GateApp } from "./harness/gateApp.js";

type Row = { _id: string; key?: string; executor?: string; seat?: number };
type Named = NonNullable<TradeArgs["trades"][number]["rows"]>;
type Call = {
  seat: number;
  executor: string;
  known?: KnownRows;
  trades?: TradeArgs["trades"];
  riders?: Riders;
};

const COUNT = 40;
const GATES = ["a", "b"].map((key) => ({ key, rate: 5, per: 1_000 }));

let app: GateApp;
/** Calls with rows that are the executor's own, or those of its gate. */
let named: { own: number; gates: number };

/** Has all executors name other rows than they were told of. */
function misname(
  own: (known: KnownRows, call: Call) => KnownRows | Promise<KnownRows>,
  atGate: (rows: Named, key: string, call: Call) => Named | Promise<Named>,
): void {
  app.faults.onCall = async (_name, args) => {
    const call = args as Call;
    if (call.known) {
      call.known = await own(call.known, call);
      named.own += 1;
    }
    for (const trade of call.trades ?? call.riders?.trades ?? []) {
      if (!trade.rows) continue;
      trade.rows = await atGate(trade.rows, trade.key, call);
      named.gates += 1;
    }
  };
}

/** A row of a table that is not the one meant. */
async function other(table: string, isMeant: (row: Row) => boolean): Promise<string> {
  const rows = await app.rows<Row>(table);
  return rows.find((row) => !isMeant(row))?._id ?? rows[0]!._id;
}

async function expectAllDone(): Promise<void> {
  for (const gate of GATES) await app.beginMany(COUNT, { ms: 700, gate }, gate.key);
  await app.run();

  expect(await app.states()).toEqual({ completed: 2 * COUNT });
  expect(app.calls).toHaveLength(2 * COUNT);
  for (const gate of GATES) {
    const times = app.calls
      .filter((call) => call.gate === gate.key)
      .map(({ startedAt }) => startedAt);
    const seconds = (Math.max(...times) - Math.min(...times)) / gate.per;
    expect(seconds).toBeGreaterThan(COUNT / gate.rate - 2);
    expect(seconds).toBeLessThan(COUNT / gate.rate + 2);
  }
  expect(named.own).toBeGreaterThan(20);
  expect(named.gates).toBeGreaterThan(20);
}

describe("executors work as ever", () => {
  beforeEach(() => {
    app = new GateApp({ shards: 2, seats: 2 });
    named = { own: 0, gates: 0 };
  });

  test("that name rows of others", async () => {
    misname(
      async (known, { seat }) => ({
        ...known,
        seat: await other("seats", (row) => row.seat === seat),
      }),
      async (_rows, key, { executor }) => {
        const isOwn = (row: Row) => row.key === key && row.executor === executor;
        return {
          gate: await other("gates", (row) => row.key === key),
          allocation: await other("gateAllocations", (row) => row.key === key),
          demand: await other("gateDemands", isOwn),
          grant: await other("gateGrants", isOwn),
        };
      },
    );

    await expectAllDone();
  });

  test("that name rows of other tables, or none", async () => {
    misname(
      ({ config }) => ({ seat: config, config: "no id" }),
      ({ gate }) => ({ gate: "no id", demand: gate, allocation: gate, grant: gate }),
    );

    await expectAllDone();
  });
});

test("a trade finds the rows of its own gate, whichever it names", async () => {
  app = new GateApp({ shards: 1, seats: 1 });
  const gates = GATES.map((gate) => ({ ...gate, concurrency: 1 }));
  for (const gate of gates) await app.beginMany(3, { ms: 60_000, gate }, gate.key);
  await app.runFor(10_000);
  app.faults.onCall = async () => await new Promise<never>(() => undefined);
  const rowsOf = async (key: string) => {
    const find = async (table: string) =>
      (await app.rows<Row>(table)).find((row) => row.key === key)!;
    const demand = await find("gateDemands");
    const rows = {
      gate: (await find("gates"))._id,
      demand: demand._id,
      allocation: (await find("gateAllocations"))._id,
      grant: (await find("gateGrants"))._id,
    };
    return { rows, demand };
  };
  const [a, b] = [await rowsOf("a"), await rowsOf("b")];

  const trade = async (rows: Partial<Named>) => {
    const said = { by: 0, seen: 0, released: 0, waiting: [], count: 7 };
    const one = { key: "a", declared: {}, ...said, rows: { ...b.rows, ...rows } };
    const caller = { protocol: PROTOCOL, seat: 0, executor: a.demand.executor! };
    const call = { ...caller, trades: [one] };
    return await app.call<TradeAnswer>("mutation", app.component.executor.trade, call);
  };
  for (const rows of [b.rows, { gate: "no id", demand: b.rows.gate }, a.rows]) {
    const { trades } = await trade(rows);
    expect(trades).toMatchObject([{ key: "a", rows: a.rows }]);
    expect((await rowsOf("a")).demand).toMatchObject({ count: 7 });
    expect((await rowsOf("b")).demand).toEqual(b.demand);
  }
  app.faults.onCall = () => undefined;
  app.faults.crash();
  await app.run();
});
