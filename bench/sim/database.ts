/**
 * The database alone: syscalls of a `DatabaseSession`, as JSON text both ways, without
 * functions, latency or a clock.
 *
 * Each operation is a transaction of its own, as the runtime opens it, with its read set and
 * limits; an insert is committed and published. Beside it, the reads of the bare store.
 */
import type { JSONValue } from "convex/values";
import { Random } from "../../sim/clock/random.js";
import { faithfulDatabase } from "../../sim/database/platform.js";
import { DatabaseSession } from "../../sim/database/session.js";
import { namespaceSchema } from "../../sim/schema/schema.js";
import { Store, type Transaction } from "../../sim/store/store.js";
import { Usage } from "../../sim/usage/usage.js";
import { platformIds } from "../../sim/values/ids.js";
import { encodeKey, KEY_MAX } from "../../sim/values/keys.js";
import { createNote, RANGE_ROWS, schema } from "./notes.js";

const FILL_ROWS_PER_COMMIT = 1_000;
const POINT_READS_PER_BATCH = 100;
const RANGE_READS_PER_BATCH = 10;
const INSERTS_PER_BATCH = 50;
const CREATION_TIME_START = 1_700_000_000_000;

/** A table of notes, whose ranks are 0, 1, 2, ... in the order of their creation. */
export class BenchDatabase {
  readonly store = new Store({ ids: platformIds });
  readonly #namespace = this.store.addNamespace("", namespaceSchema(schema));
  readonly #random: Random;
  readonly #ids: string[] = [];
  #inserted: string[] = [];
  #time = CREATION_TIME_START;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  fill(documents: number): void {
    for (let rank = 0; rank < documents;) {
      const tx = this.#begin();
      const end = Math.min(rank + FILL_ROWS_PER_COMMIT, documents);
      for (; rank < end; rank += 1) {
        const note = createNote(this.#random, rank);
        this.#ids.push(tx.insert(this.#namespace, "notes", note).id);
      }
      this.#commit(tx);
    }
  }

  /** Documents, those inserted later apart. */
  get size(): number {
    return this.#ids.length;
  }

  /**
   * A document's JSON and its size are made when it is first read, and kept. On a large table
   * a random one seldom was read before: without this, sizes were compared on other work.
   */
  readAll(): void {
    for (const { document } of this.store.documents()) {
      if (document.json.length < document.size / 2) throw new Error("Not the whole one");
    }
  }

  readPoints(): number {
    for (let read = 0; read < POINT_READS_PER_BATCH; read += 1) {
      const tx = this.#begin();
      const id = this.#random.pick(this.#ids);
      run(this.#open(tx), "get", { id, table: "notes", isSystem: false });
      tx.release();
    }
    return POINT_READS_PER_BATCH;
  }

  readRanges(): number {
    for (let read = 0; read < RANGE_READS_PER_BATCH; read += 1) {
      const tx = this.#begin();
      checkRows(readRange(this.#open(tx), this.#pickRank()));
      tx.release();
    }
    return RANGE_READS_PER_BATCH;
  }

  getPoints(): number {
    const tx = this.#begin();
    for (let read = 0; read < POINT_READS_PER_BATCH; read += 1) {
      tx.get(this.#namespace, "notes", this.#random.pick(this.#ids));
    }
    tx.release();
    return POINT_READS_PER_BATCH;
  }

  scanRanges(): number {
    const tx = this.#begin();
    for (let read = 0; read < RANGE_READS_PER_BATCH; read += 1) {
      const range = { start: encodeKey([this.#pickRank()]), end: KEY_MAX };
      const scan = tx.scan(this.#namespace, "notes", "by_rank", range, "asc");
      let rows = 0;
      while (rows < RANGE_ROWS && scan.next() !== null) rows += 1;
      scan.close();
      checkRows(rows);
    }
    tx.release();
    return RANGE_READS_PER_BATCH;
  }

  insert(): number {
    for (let count = 0; count < INSERTS_PER_BATCH; count += 1) this.#insertOne();
    return INSERTS_PER_BATCH;
  }

  /** What transactions that run at once cost each other: an index is cloned, and shared. */
  insertBesideReader(): number {
    for (let count = 0; count < INSERTS_PER_BATCH; count += 1) {
      const reader = this.#begin();
      this.#insertOne();
      reader.release();
    }
    return INSERTS_PER_BATCH;
  }

  /** Takes back what was inserted since the table was filled. */
  removeInserted(): void {
    if (this.#inserted.length === 0) return;
    const tx = this.#begin();
    for (const id of this.#inserted) tx.remove(this.#namespace, "notes", id);
    this.#commit(tx);
    this.#inserted = [];
  }

  #insertOne(): void {
    const tx = this.#begin();
    const rank = this.#random.integer(0, this.#ids.length);
    const value = { owner: "owner-000000", rank, text: "inserted" };
    const answer = run(this.#open(tx), "insert", { table: "notes", value });
    this.#commit(tx);
    this.#inserted.push((answer as { _id: string })._id);
  }

  /** A rank with enough rows from there on. */
  #pickRank(): number {
    return this.#random.integer(0, this.#ids.length - RANGE_ROWS);
  }

  #begin(): Transaction {
    return this.store.begin({ creationTime: () => (this.#time += 1), tracksReads: true });
  }

  #open(transaction: Transaction): DatabaseSession {
    return new DatabaseSession({
      namespace: this.#namespace,
      transaction,
      usage: new Usage({ intervals: () => transaction.readIntervals }),
      ids: platformIds,
      profile: faithfulDatabase,
      isWritable: true,
    });
  }

  #commit(tx: Transaction): void {
    const prepared = this.store.prepare(tx, 0n);
    if (prepared.kind === "conflict") throw new Error("Nobody else writes");
    this.store.publish(prepared);
  }
}

/** A syscall as both sides of it do it: text is written and parsed here and there. */
function run(session: DatabaseSession, op: string, args: JSONValue): JSONValue {
  const sent = JSON.parse(JSON.stringify(args)) as JSONValue;
  return JSON.parse(session.run(op, sent)) as JSONValue;
}

/** Rows of `withIndex("by_rank", (q) => q.gte("rank", from)).take(RANGE_ROWS)`. */
function readRange(session: DatabaseSession, from: number): number {
  const answer = session.sync("queryStream", { query: rangeQuery(from) });
  const { queryId } = JSON.parse(answer) as { queryId: number };
  let rows = 0;
  while (!(run(session, "queryStreamNext", { queryId }) as { done: boolean }).done) {
    rows += 1;
  }
  session.sync("queryCleanup", { queryId });
  return rows;
}

function checkRows(rows: number): void {
  if (rows !== RANGE_ROWS) throw new Error(`${rows} rows instead of ${RANGE_ROWS}`);
}

/** As that query is sent. */
function rangeQuery(from: number): JSONValue {
  return {
    source: {
      type: "IndexRange",
      indexName: "notes.by_rank",
      range: [{ type: "Gte", fieldPath: "rank", value: from }],
      order: null,
    },
    operators: [{ limit: RANGE_ROWS }],
  };
}
