/**
 * The database of one simulated deployment: all documents of all components, in versions.
 *
 * Owns snapshots, commit order and validation. Knows neither queries nor functions, neither
 * clock nor chance: both are handed in. Nothing here waits, so a commit's two steps, with
 * the time between them, are the runtime's.
 */
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

import type { NamespaceSchema } from "../schema/schema.js";
import type { StoredDocument } from "../values/document.js";
import type { IdFormat } from "../values/ids.js";
import type { CommittedRow, Conflict, PreparedCommit } from "./commit.js";
import { CommitLog } from "./commitLog.js";
import type { Canary, TransactionHost, TransactionOptions } from "./host.js";
import { Namespace } from "./namespace.js";
import { collectRows, Commit } from "./preparedCommit.js";
import { Snapshots, type Pin } from "./snapshots.js";
import { replaceInTrees, type StoreCounters } from "./table.js";
import { Transaction } from "./transaction.js";

export interface StoreOptions {
  ids: IdFormat;
  /** Draws a whole number below 2^32 for ids; by default from a fixed seed. */
  random?: () => number;
}

export class Store {
  readonly ids: IdFormat;
  /** May be changed at any time. */
  readonly canary: Canary = {};
  readonly counters: StoreCounters = { treeClones: 0 };
  readonly #random: () => number;
  readonly #namespaces = new Map<string, Namespace>();
  readonly #snapshots = new Snapshots();
  readonly #log = new CommitLog();
  /** Number and timestamp of the newest commit that is visible. */
  #published = { commit: 0, ts: 0n };
  #lastTs = 0n;

  constructor(options: StoreOptions) {
    this.ids = options.ids;
    this.#random = options.random ?? createRandom();
  }

  /** ns, of the newest visible commit. */
  get publishedTs(): bigint {
    return this.#published.ts;
  }

  /** Commits that were prepared and are not visible. */
  get pendingCommits(): number {
    return this.#log.pending;
  }

  /** Visible commits that are kept because a live snapshot is older. */
  get loggedCommits(): number {
    return this.#log.length;
  }

  /** The app's path is "". */
  addNamespace(path: string, schema: NamespaceSchema | null): Namespace {
    if (this.#namespaces.has(path)) {
      throw new Error(`Namespace "${path}" exists`);
    }
    const namespace = new Namespace(path, schema);
    this.#namespaces.set(path, namespace);
    return namespace;
  }

  /** A deploy: new tables and indexes, which are filled at once. */
  setSchema(path: string, schema: NamespaceSchema | null): void {
    const namespace = this.#namespaces.get(path);
    if (namespace === undefined) {
      throw new Error(`There is no namespace "${path}"`);
    }
    const { commit, ts } = this.#published;
    this.#published = { commit: commit + 1, ts };
    namespace.setSchema(schema, commit + 1, ts);
  }

  namespace(path: string): Namespace | undefined {
    return this.#namespaces.get(path);
  }

  namespaces(): Iterable<Namespace> {
    return this.#namespaces.values();
  }

  begin(options: TransactionOptions): Transaction {
    const pin = this.#snapshots.pin(this.#published.commit);
    return new Transaction(this.#createHost(pin), this.#published, options);
  }

  /** Whether a commit since its snapshot, visible or pending, wrote what it has read. */
  check(transaction: Transaction): Conflict | null {
    if (transaction.isReleased) {
      // The log no longer reaches back to its snapshot.
      throw new Error("The transaction has ended");
    }
    if (this.canary.skipConflicts || !transaction.tracksReads) {
      return null;
    }
    return this.#log.findConflict(transaction);
  }

  /**
   * Ends the transaction, and gives its writes a timestamp of at least `nowNs` and above all
   * others. They conflict from now on, and are visible once published. Without writes there
   * is nothing to validate or to publish.
   */
  prepare(transaction: Transaction, nowNs: bigint): PreparedCommit | Conflict {
    if (transaction.depth > 0) {
      throw new Error("A nested level is open");
    }
    if (!transaction.hasWrites) {
      transaction.release();
      return new Commit(transaction.beginTs, [], "published");
    }
    const conflict = this.check(transaction);
    if (conflict !== null) {
      transaction.release();
      return conflict;
    }
    const ts = nowNs > this.#lastTs ? nowNs : this.#lastTs + 1n;
    this.#lastTs = ts;
    const commit = new Commit(ts, collectRows(transaction, ts), "pending");
    this.#log.addPending(commit);
    // Before it is published, so that its own snapshot does not make that clone.
    transaction.release();
    return commit;
  }

  /**
   * Makes it visible, unless an earlier commit is still pending: then with that one. Returns
   * the rows of all commits that this made visible, in commit order.
   */
  publish(prepared: PreparedCommit): CommittedRow[] {
    if (prepared.state === "pending") {
      (prepared as Commit).state = "ready";
      return this.#publishReady();
    }
    if (prepared.state === "published" && prepared.rows.length === 0) {
      return [];
    }
    throw new Error(`The commit is ${prepared.state} already`);
  }

  /** The commit is lost, as when the backend restarts. Later ones no longer wait for it. */
  abandon(prepared: PreparedCommit): CommittedRow[] {
    const commit = prepared as Commit;
    if (commit.state !== "pending" && commit.state !== "ready") {
      throw new Error(`The commit is ${commit.state} already`);
    }
    commit.state = "abandoned";
    this.#log.removePending(commit);
    return this.#publishReady();
  }

  /** Every visible document, by component, table and id. */
  *documents(): Iterable<CommittedDocument> {
    for (const namespace of sortBy(this.#namespaces.values(), ({ path }) => path)) {
      for (const table of sortBy(namespace.tables, ({ name }) => name)) {
        for (const document of sortBy(table.documents.values(), ({ id }) => id)) {
          yield { component: namespace.path, table: table.name, document };
        }
      }
    }
  }

  #publishReady(): CommittedRow[] {
    const rows: CommittedRow[] = [];
    const published: Commit[] = [];
    for (;;) {
      const commit = this.#log.takeReady();
      if (commit === undefined) {
        break;
      }
      this.#apply(commit, rows);
      published.push(commit);
    }
    for (const commit of published) {
      commit.onPublished?.();
    }
    return rows;
  }

  #apply(commit: Commit, rows: CommittedRow[]): void {
    const number = this.#published.commit + 1;
    for (const { owner, component, table, id, before, after } of commit.rows) {
      const version = owner.edit(number, this.#snapshots, this.counters);
      // What is there now, and not what the snapshot held: a canary may commit over others.
      const current = before && owner.documents.get(id);
      replaceInTrees(version, current, after);
      owner.documents.set(id, after, number, this.#snapshots);
      rows.push({ component, table, id, before: current, after });
    }
    commit.state = "published";
    this.#published = { commit: number, ts: commit.ts };
    this.#log.addPublished(number, commit);
    this.#log.prune(this.#snapshots.oldest);
  }

  #createHost(pin: Pin): TransactionHost {
    return {
      ids: this.ids,
      random: this.#random,
      canary: this.canary,
      release: () => {
        this.#snapshots.unpin(pin);
        this.#log.prune(this.#snapshots.oldest);
      },
      share: () => this.#createHost(this.#snapshots.share(pin)),
    };
  }
}

export interface CommittedDocument {
  readonly component: string;
  readonly table: string;
  readonly document: StoredDocument;
}

export type { CommittedRow, Conflict, PreparedCommit } from "./commit.js";
export type { Canary, TransactionOptions } from "./host.js";
export type { Namespace } from "./namespace.js";
export type { Scan, ScanOrder } from "./scan.js";
export type { Transaction } from "./transaction.js";

const DEFAULT_SEED = 1;

function createRandom(): () => number {
  const generator = xoroshiro128plus(DEFAULT_SEED);
  return () => generator.next() >>> 0;
}

function sortBy<T>(items: Iterable<T>, keyOfItem: (item: T) => string): T[] {
  return [...items].sort((a, b) => (keyOfItem(a) < keyOfItem(b) ? -1 : 1));
}
