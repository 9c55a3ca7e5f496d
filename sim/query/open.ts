/** Opens the rows of a planned query on a transaction. */
import type { NamespaceSchema } from "../schema/schema.js";
import type { Namespace } from "../store/namespace.js";
import type { Transaction } from "../store/transaction.js";
import { encodeKey, prefixRange, type KeyRange } from "../values/keys.js";
import type { Dialect, QueryPlan } from "./plan.js";
import { arrayRows, type Rows } from "./rows.js";
import { searchDocuments } from "./search.js";

export interface QueryContext {
  readonly namespace: Namespace;
  readonly transaction: Transaction;
  readonly dialect: Dialect;
}

/** `range` narrows an index query to a part of its own range. */
export function openRows(
  context: QueryContext,
  plan: QueryPlan,
  range: KeyRange | null = null,
): Rows {
  const { transaction, namespace } = context;
  if (plan.kind === "search") {
    return arrayRows(search(context, plan));
  }
  return transaction.scan(
    namespace,
    plan.table,
    plan.index,
    range ?? plan.range,
    plan.order,
  );
}

export function search(
  context: QueryContext,
  plan: Extract<QueryPlan, { kind: "search" }>,
): ReturnType<typeof searchDocuments> {
  const rows = tableRows(context, plan.table);
  return searchDocuments(plan, rows, schemaOf(context), context.dialect);
}

/** All documents of a table in the order of their creation. */
export function tableRows({ transaction, namespace }: QueryContext, table: string): Rows {
  const whole = prefixRange(encodeKey([]));
  return transaction.scan(namespace, table, "by_creation_time", whole, "asc");
}

export function schemaOf({ namespace }: QueryContext): NamespaceSchema | null {
  return namespace.schema;
}
