/** Pages of a query, of which a function may ask for one. */
import { executions } from "../contexts.js";
import { currentDatabase, type SyscallArgs } from "./context.js";

export function queryPage(args: SyscallArgs): string {
  const execution = executions.getStore();
  if (execution !== undefined) {
    execution.paginatedQueries += 1;
    if (execution.paginatedQueries > 1) {
      throw new Error(
        "Only a single paginated query (`.paginate()`) is allowed per " +
          "function execution. Calling `.paginate()` more than once in a " +
          "single Convex function fails at runtime in a deployed backend. " +
          "This is a Convex limit: https://docs.convex.dev/database/pagination",
      );
    }
  }
  return currentDatabase().read("queryPage", args);
}
