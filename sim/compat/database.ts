/**
 * One component's documents and files, for syscalls and for what the deployment itself
 * writes (scheduled jobs, stored files).
 *
 * Owns the component's clock of creation times, which runs on when a transaction is rolled
 * back, and the sessions of its transactions.
 */
import { convexTestDatabase, DatabaseSession } from "../database/session.js";
import { namespaceSchema } from "../schema/schema.js";
import type { Namespace } from "../store/namespace.js";
import type { Store } from "../store/store.js";
import type { Transaction } from "../store/transaction.js";
import { Usage } from "../usage/usage.js";
import type { StoredDocument } from "../values/document.js";
import type { JSONValue } from "convex/values";
import { convexToJson } from "./convexPackage.js";
import { checkSchemaNames, type AnySchema } from "./schema.js";
import type { Layers } from "./layers.js";

/** How much later the next of two documents counts as created within a millisecond. */
const CREATION_TIME_STEP_MS = 0.001;

export class ComponentDatabase {
  /** The bytes behind documents of `_storage`, by id. */
  readonly files = new Map<string, Blob>();
  private readonly namespace: Namespace;
  private readonly sessions = new WeakMap<Transaction, DatabaseSession>();
  private lastCreationTime = 0;

  constructor(
    private readonly store: Store,
    private readonly layers: Layers,
    private readonly currentUsage: () => Usage | null,
    /** Unique in the store, also where a component is registered twice. */
    namespacePath: string,
    schema: AnySchema | null,
  ) {
    const parsed = namespaceSchema(schema);
    checkSchemaNames(parsed);
    this.namespace = store.addNamespace(namespacePath, parsed);
  }

  /** The document of that table, read without counting. */
  get(table: string, id: string): StoredDocument | null {
    return this.layers.read((transaction) => transaction.get(this.namespace, table, id));
  }

  /** Answers a syscall that starts, continues or ends a query, or asks about an id. */
  sync(op: string, args: JSONValue): string {
    return this.layers.read((transaction) => this.session(transaction).sync(op, args));
  }

  /** Answers a syscall that reads. */
  read(op: string, args: JSONValue): string {
    return this.layers.read((transaction) => this.session(transaction).run(op, args));
  }

  /** Answers a syscall that writes. */
  write(op: string, args: JSONValue): string {
    const transaction = this.requireWritable();
    return this.writing(() => this.session(transaction).run(op, args));
  }

  /** Inserts a document of the deployment's own, and returns its id. */
  insert(table: string, fields: Record<string, unknown>): string {
    const value = convexToJson(fields as never);
    const session = this.uncounted(this.requireWritable());
    const inserted = this.writing(() => session.run("insert", { table, value }));
    return (JSON.parse(inserted) as { _id: string })._id;
  }

  /** Changes fields of a document of the deployment's own. */
  patch(table: string, id: string, fields: Record<string, unknown>): void {
    const value = convexToJson(fields as never);
    this.uncounted(this.requireWritable()).run("shallowMerge", { table, id, value });
  }

  remove(table: string, id: string): void {
    this.uncounted(this.requireWritable()).run("remove", { table, id });
  }

  private requireWritable(): Transaction {
    const transaction = this.layers.writable();
    if (transaction === null) throw new Error("Write outside of transaction");
    return transaction;
  }

  private writing<T>(write: () => T): T {
    return this.layers.withCreationTime(() => this.nextCreationTime(), write);
  }

  /** The one session of a transaction: convex-test lets queries outlive their function. */
  private session(transaction: Transaction): DatabaseSession {
    let session = this.sessions.get(transaction);
    if (session === undefined) {
      const usage = this.currentUsage();
      session = this.createSession(transaction, usage ?? new Usage({ enforces: false }));
      this.sessions.set(transaction, session);
    }
    return session;
  }

  /** For documents that are not counted as the function's: jobs and files. */
  private uncounted(transaction: Transaction): DatabaseSession {
    return this.createSession(transaction, new Usage({ enforces: false }));
  }

  private createSession(transaction: Transaction, usage: Usage): DatabaseSession {
    return new DatabaseSession({
      namespace: this.namespace,
      transaction,
      usage,
      ids: this.store.ids,
      profile: convexTestDatabase,
      isWritable: true,
      // It serves all functions of a transaction; each of them counts its own pages.
      allowsManyPages: true,
    });
  }

  private nextCreationTime(): number {
    const now = Date.now();
    const isLater = now > this.lastCreationTime;
    this.lastCreationTime = isLater ? now : this.lastCreationTime + CREATION_TIME_STEP_MS;
    return this.lastCreationTime;
  }
}
