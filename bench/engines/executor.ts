/** This component as an engine of the benchmark. */
import { loadComponents } from "../../demo/backend/example.js";
import { buildApp, COMPONENT } from "../app/app.js";
import type { RowReader } from "../measure/ledger.js";
import { OWN_ENGINE } from "../result.js";
import type { Engine } from "./engine.js";

/** Path of the component. */
const PATH = "executor";

const reader: RowReader = {
  component: PATH,
  workflow: (row) => ({
    createdAt: row.workflowCreatedAt as number,
    state: row.state as string,
    isEnded: row.finishedAt !== undefined,
    error: (row.error as { message?: string } | undefined)?.message ?? null,
  }),
  step: (row) => ({
    workflow: row.workflow as string,
    number: row.number as number,
    isSettled: row.settledAt !== undefined,
  }),
};

export const executor: Engine = {
  name: OWN_ENGINE,
  // Few, so that the first begin before all are there.
  startPage: 100,
  reader,
  functions: { callers: ["shards:run"], commits: ["executor/executor:commit"] },
  modelled: ["executors compute in no time: the model has no processor"],
  logged: new Map(),
  deploy: async (parts) => ({
    app: buildApp(parts),
    components: await loadComponents(),
  }),
  describe: (convex, { shards, slotsPerShard }) => ({
    shards,
    slotsPerShard,
    seats: convex.rows(PATH, "seats").length,
  }),
  audit: async (convex) => {
    let violations = 0;
    for (let cursor: string | null = null; ;) {
      const page: { violations: unknown[]; cursor: string | null } = await convex.query(
        COMPONENT.operators.audit,
        { cursor },
      );
      violations += page.violations.length;
      if (page.cursor === null) return violations;
      cursor = page.cursor;
    }
  },
};
