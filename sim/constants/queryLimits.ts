/**
 * Bounds of queries and pages.
 *
 * Sources in convex-backend: crates/common/src/query.rs (operators),
 * crates/database/src/query/index_range.rs (soft limit),
 * crates/isolate/src/environment/udf/async_syscall.rs (pages),
 * crates/vector/src/query.rs (vector search).
 */
import { ARRAY_LENGTH_MAX } from "./documentLimits.js";

export const QUERY_OPERATORS_MAX = 256;

/** Beyond this share of a read limit a page recommends that it be split. */
export const SOFT_LIMIT_SHARE = 0.75;

/** A page becomes an array, so one near an array's length recommends a split as well. */
export const PAGE_LENGTH_SOFT_MAX = ARRAY_LENGTH_MAX * SOFT_LIMIT_SHARE;

/** MAX_CANDIDATE_REVISIONS of crates/search/src/constants.rs. */
export const SEARCH_RESULTS_MAX = 1_024;

/** Of a vector search; crates/vector/src/query.rs. */
export const VECTOR_RESULTS_DEFAULT = 10;
export const VECTOR_RESULTS_MAX = 256;
