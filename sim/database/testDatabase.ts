/** A store with one namespace and sessions on it, for tests. */
import type { JSONValue } from "convex/values";
import type { NamespaceSchema } from "../schema/schema.js";
import { Store } from "../store/store.js";
import type { Transaction } from "../store/transaction.js";
import { Usage, type UsageOptions } from "../usage/usage.js";
import { platformIds, type IdFormat } from "../values/ids.js";
import { convexTestTableOf } from "./convexTest.js";
import { faithfulDatabase } from "./platform.js";
import { convexTestDatabase, DatabaseSession, type SessionOptions } from "./session.js";

/** Creation times are unique, as the platform's are. */
export const CREATION_TIME_START = 1_700_000_000_000;

export interface OpenOptions {
  schema?: NamespaceSchema | null;
  path?: string;
  usage?: UsageOptions;
  session?: Partial<SessionOptions>;
}

export class TestDatabase {
  readonly store: Store;
  readonly #options: OpenOptions;
  readonly #isConvexTest: boolean;
  #time = CREATION_TIME_START;

  constructor(profile: "faithful" | "convexTest", options: OpenOptions = {}) {
    this.#isConvexTest = profile === "convexTest";
    this.#options = options;
    this.store = new Store({ ids: this.#isConvexTest ? countingIds() : platformIds });
    this.store.addNamespace(options.path ?? "", options.schema ?? null);
  }

  begin(): Transaction {
    return this.store.begin({
      creationTime: () => (this.#time += 1),
      tracksReads: !this.#isConvexTest,
    });
  }

  open(
    transaction: Transaction = this.begin(),
    usageOptions: UsageOptions = {},
  ): TestSession {
    const profile = this.#isConvexTest ? convexTestDatabase : faithfulDatabase;
    const usage = new Usage({
      rules: profile.usageRules,
      ...(this.#isConvexTest ? {} : { intervals: () => transaction.readIntervals }),
      ...this.#options.usage,
      ...usageOptions,
    });
    const session = new DatabaseSession({
      namespace: this.store.namespace(this.#options.path ?? "")!,
      transaction,
      usage,
      ids: this.store.ids,
      profile,
      isWritable: true,
      ...this.#options.session,
    });
    return { transaction, usage, session, ...calls(session) };
  }

  /** Runs it in a transaction of its own and commits. */
  commit(run: (session: TestSession) => void): void {
    const opened = this.open();
    run(opened);
    opened.session.close();
    const prepared = this.store.prepare(opened.transaction, 0n);
    if (prepared.kind === "conflict") {
      throw new Error(`Conflict on ${prepared.table}`);
    }
    if (opened.transaction.hasWrites) {
      this.store.publish(prepared);
    }
  }
}

export type Json = Record<string, unknown>;

export interface TestSession extends ReturnType<typeof calls> {
  readonly transaction: Transaction;
  readonly usage: Usage;
  readonly session: DatabaseSession;
}

/** The syscalls with their JSON parsed, shortened for what tests do most. */
function calls(session: DatabaseSession) {
  const run = (op: string, args: unknown): unknown =>
    JSON.parse(session.run(op, args as JSONValue));
  const sync = (op: string, args: unknown): unknown =>
    JSON.parse(session.sync(op, args as JSONValue));
  return {
    run,
    sync,
    insert: (table: string, value: Json): string =>
      (run("insert", { table, value }) as { _id: string })._id,
    get: (id: string, table?: string): Json | null =>
      run("get", { id, table, isSystem: false }) as Json | null,
    patch: (id: string, value: Json): unknown => run("shallowMerge", { id, value }),
    /** The rows of a query, at most `rows` of them. */
    query: (query: unknown, rows = Infinity): Json[] => {
      const { queryId } = sync("queryStream", { query }) as { queryId: number };
      const found: Json[] = [];
      while (found.length < rows) {
        const next = run("queryStreamNext", { queryId }) as {
          value: Json;
          done: boolean;
        };
        if (next.done) {
          break;
        }
        found.push(next.value);
      }
      sync("queryCleanup", { queryId });
      return found;
    },
  };
}

/** Ids as convex-test makes them. */
function countingIds(): IdFormat {
  let next = 10_000;
  return {
    generate: (table) =>
      String(next++).padStart(32 - table.name.length, "0") + table.name,
    tableOf: (_namespace, id) => convexTestTableOf(id),
  };
}

export interface Query {
  source: Json;
  operators: unknown[];
}

export function scan(tableName: string, order: "asc" | "desc" | null = null): Query {
  return {
    source: { type: "FullTableScan", tableName, order },
    operators: [],
  };
}

export function indexRange(
  indexName: string,
  range: { type: string; fieldPath: string; value: unknown }[] = [],
  order: "asc" | "desc" | null = null,
): Query {
  return {
    source: { type: "IndexRange", indexName, range, order },
    operators: [],
  };
}
