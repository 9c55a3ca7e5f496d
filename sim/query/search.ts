/**
 * Full-text search as convex-test 0.0.60 has it, for both dialects: a document matches when
 * one of its words begins with one of the query's terms, and matches come in the order of
 * their creation.
 *
 * That is a stand-in on the platform, which tokenizes, ranks by relevance and tracks the
 * terms it read: here a search reads the whole table, so it conflicts with every write to
 * it, and its results stop at the same number. The checks of the filters are the backend's
 * (crates/search/src/schema.rs).
 */
import type { SearchIndexSchema, NamespaceSchema } from "../schema/schema.js";
import type { StoredDocument } from "../values/document.js";
import { DeveloperError } from "../values/developerError.js";
import { compare, viewOf } from "./compare.js";
import { fieldReader, type Fields } from "./fields.js";
import { queryValue } from "./filter.js";
import type { Dialect, SearchPlan } from "./plan.js";
import type { Rows } from "./rows.js";
import type { SearchFilter } from "./serialized.js";
import { SEARCH_RESULTS_MAX } from "../constants/queryLimits.js";

/** `rows`: all documents of the table in the order of their creation. */
export function searchDocuments(
  plan: SearchPlan,
  rows: Rows,
  schema: NamespaceSchema | null,
  dialect: Dialect,
): StoredDocument[] {
  if (dialect === "platform") {
    checkFilters(plan, searchIndex(plan, schema));
  }
  const matchers = plan.filters.map((filter) => matcher(filter, dialect));
  const found: StoredDocument[] = [];
  const enough = dialect === "platform" ? SEARCH_RESULTS_MAX : Infinity;
  for (let row = rows.next(); row !== null; row = rows.next()) {
    const view = viewOf(row);
    if (found.length < enough && matchers.every((matches) => matches(view))) {
      found.push(row);
    }
  }
  rows.close();
  return found;
}

function searchIndex(
  plan: SearchPlan,
  schema: NamespaceSchema | null,
): SearchIndexSchema {
  const indexes = schema?.tables.get(plan.table)?.searchIndexes;
  const declared = indexes?.find(({ name }) => name === plan.index);
  if (declared === undefined) {
    const name = `${plan.table}.${plan.index}`;
    throw new DeveloperError("IndexNotFoundError", `Index ${name} not found.`);
  }
  return declared;
}

function checkFilters(plan: SearchPlan, index: SearchIndexSchema): void {
  const query = `Search query against ${plan.table}.${plan.index}`;
  const searches = plan.filters.filter(({ type }) => type === "Search");
  for (const { type, fieldPath } of plan.filters) {
    if (type === "Search" && fieldPath !== index.searchField) {
      throw new DeveloperError(
        "IncorrectSearchField",
        `${query} contains a search filter against "${fieldPath}", which doesn't match ` +
          `the indexed \`searchField\` "${index.searchField}".`,
      );
    }
    if (type === "Eq" && !index.filterFields.includes(fieldPath)) {
      throw new DeveloperError(
        "IncorrectFilterFieldError",
        `${query} contains an equality filter on "${fieldPath}" but that field isn't ` +
          "indexed for filtering in `filterFields`.",
      );
    }
  }
  if (searches.length === 0) {
    throw new DeveloperError(
      "MissingSearchFilterError",
      `${query} does not contain any search filters. You must include a search filter ` +
        'like `q.search("field", searchText)`.',
    );
  }
  if (searches.length > 1) {
    throw new DeveloperError(
      "DuplicateSearchFiltersError",
      `${query} contains multiple search filters against "${index.searchField}". Only ` +
        "one is allowed.",
    );
  }
}

function matcher(filter: SearchFilter, dialect: Dialect): (document: Fields) => boolean {
  const read = fieldReader(filter.fieldPath);
  if (filter.type === "Eq") {
    const expected = queryValue(filter.value);
    return (document) => compare(read(document), expected) === 0;
  }
  const terms = words(filter.value as string).filter((term) => term.length > 0);
  return (document) => {
    const text = read(document);
    if (typeof text !== "string" && dialect === "platform") {
      return false;
    }
    // convex-test fails on a document without the field, and so does this.
    const found = words(text as string);
    return terms.some((term) => found.some((word) => word.startsWith(term)));
  };
}

function words(text: string): string[] {
  return text.split(/\s+/).map((word) => word.toLowerCase());
}
