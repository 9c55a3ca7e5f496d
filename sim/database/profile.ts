/**
 * What the database's syscalls leave to a profile: how ids are looked up, what a write
 * checks and does, when a query is evaluated, how it is paged.
 *
 * The session (session.ts) owns parsing, streams and JSON; rules own meaning and words.
 */
import type { JSONValue } from "convex/values";
import type { Dialect } from "../query/plan.js";
import type { Page } from "../query/page.js";
import type { PageRequest } from "../query/serialized.js";
import type { Namespace } from "../store/namespace.js";
import type { Transaction } from "../store/transaction.js";
import type { UsageRules } from "../usage/rules.js";
import type { Usage } from "../usage/usage.js";
import type { StoredDocument } from "../values/document.js";

/** One function's view of the database. */
export interface Frame {
  readonly namespace: Namespace;
  readonly transaction: Transaction;
  readonly usage: Usage;
  readonly dialect: Dialect;
  readonly isWritable: boolean;
  /** Name of the table in the namespace that the id belongs to, or null. */
  tableOf(id: string): string | null;
}

export interface DocumentAddress {
  readonly id: JSONValue;
  readonly table?: string;
  readonly isSystem?: boolean;
}

export interface DocumentWrite extends DocumentAddress {
  readonly value: JSONValue;
}

export interface DatabaseProfile {
  readonly dialect: Dialect;
  /** "eager" evaluates a query when it is started, "lazy" row by row. */
  readonly streams: "lazy" | "eager";
  /** For the {@link Usage} of a transaction of this profile. */
  readonly usageRules: UsageRules;
  /** Replaces the id format's answer, where the profile does not ask the namespace. */
  readonly tableOf?: (id: string) => string | null;
  get(frame: Frame, address: DocumentAddress): StoredDocument | null;
  insert(frame: Frame, table: string, value: JSONValue): StoredDocument;
  patch(frame: Frame, write: DocumentWrite): void;
  replace(frame: Frame, write: DocumentWrite): void;
  remove(frame: Frame, address: DocumentAddress): void;
  /** Counts a consumed row of a query. */
  recordRow(frame: Frame, row: StoredDocument): void;
  /** Counts a query when it is started. */
  recordQueryStart(frame: Frame): void;
  /** Counts what a query has read: after its first row, and at its end. */
  recordRange(frame: Frame): void;
  /** `earlier`: pages this function has asked for before. */
  page(frame: Frame, request: PageRequest, earlier: number): Page;
  /** What `queryCleanup` answers. */
  cleanupResult(wasOpen: boolean): string;
  readonly unknownQuery: string;
  unknownOperation(kind: "sync" | "async", op: string): Error;
}
