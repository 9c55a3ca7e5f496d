/** Pages on the platform: one for each function, and in the app only. */
import { readPage, type Page } from "../query/page.js";
import type { PageRequest } from "../query/serialized.js";
import { DeveloperError } from "../values/developerError.js";
import { recordRow } from "./platformReads.js";
import type { Frame } from "./profile.js";

export function readPlatformPage(
  frame: Frame,
  request: PageRequest,
  earlier: number,
): Page {
  if (frame.namespace.path !== "") {
    throw new DeveloperError(
      "PaginationUnsupportedInComponents",
      "paginate() is only supported in the app. Learn more at " +
        "https://docs.convex.dev/components/authoring#pagination",
    );
  }
  const page = readPage(frame, request, (row) => recordRow(frame, row));
  frame.usage.recordQuery();
  if (earlier > 0) {
    throw new DeveloperError(
      "MultiplePaginatedDatabaseQueries",
      "This query or mutation function ran multiple paginated queries. Convex only supports " +
        "a single paginated query in each function.",
    );
  }
  return page;
}
