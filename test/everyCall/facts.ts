/**
 * What a run for a call is, and what came of it.
 *
 * Owns the shape of runs, the app that they run on, and the reading of facts.
 */
import { mutationGeneric } from "convex/server";
import { vOnCompleteArgs } from "../../src/client/index.js";
import type { AppOptions } from "../harness/app.js";
import { WorkApp } from "../harness/work.js";

/** What came of a run. */
export interface Facts {
  /** Workflows in the order of their creation, each as its result, its error's code or its state. */
  readonly ends: unknown[];
  /** What mutations have written, sorted: steps' charges, and what callbacks were told. */
  readonly written: string[];
  /** Attempts of steps, in the order in which they began. */
  readonly attempts: string[];
}

export interface Scenario {
  readonly options?: AppOptions;
  /** Calls that a run makes for certain. */
  readonly calls: readonly string[];
  readonly play: (app: WorkApp) => Promise<void>;
  readonly expected: Facts;
}

/** An app with a callback that is told the end of a workflow. */
export function openApp({ options = {} }: Scenario): WorkApp {
  const app = new WorkApp({ shards: 1, seats: 1, ...options });
  const told = mutationGeneric({
    args: vOnCompleteArgs(),
    handler: async (ctx, { result }) => {
      await ctx.db.insert("charges", { key: `told ${result.kind}` });
    },
  });
  app.exports = { ...app.exports, told };
  return app;
}

/** What came of a run, as all runs of its scenario should agree on it. */
export async function readFacts(app: WorkApp): Promise<Facts> {
  type Row = { _id: never; state: string };
  const ends: unknown[] = [];
  for (const { _id, state } of await app.rows<Row>("workflows")) {
    const { result, error } = await app.status(_id);
    ends.push(result ?? error?.code ?? state);
  }
  return { ends, written: await app.charges(), attempts: app.order };
}
