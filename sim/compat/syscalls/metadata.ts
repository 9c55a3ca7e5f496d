/** Syscalls by which a function learns about itself, its request and its transaction. */
import { executions, requests } from "../contexts.js";
import { convexToJson } from "../convexPackage.js";
import { currentDeployment } from "../deployment.js";

export function getTransactionMetrics(): string {
  const usage = currentDeployment().transactions.currentUsage();
  if (usage === null) {
    throw new Error(
      "getTransactionMetrics() can only be called from a query or mutation. " +
        "It is not available in actions or outside of a Convex function.",
    );
  }
  return JSON.stringify(usage.metrics());
}

export function getSnapshotTs(): string {
  return JSON.stringify(convexToJson(currentDeployment().transactions.snapshotTs()));
}

export function getFunctionMetadata(): string {
  const execution = executions.getStore();
  if (execution === undefined) {
    throw new Error(
      "getFunctionMetadata() can only be called from within a Convex function.",
    );
  }
  const { udfPath, componentPath } = execution;
  return JSON.stringify({ name: udfPath, componentPath });
}

export function getRequestMetadata(): string {
  const execution = executions.getStore();
  const request = requests.getStore();
  if (execution === undefined || request === undefined) {
    throw new Error(
      "getRequestMetadata() can only be called from a mutation, action " +
        "or HTTP action. It is not available in queries or outside of a " +
        "Convex function.",
    );
  }
  if (execution.udfType === "query") {
    throw new Error(
      "getRequestMetadata() can only be called from a mutation, action " +
        "or HTTP action. It is not available in queries.",
    );
  }
  return JSON.stringify(request);
}

export function getDeploymentMetadata(): string {
  return JSON.stringify({ name: "test", region: null, class: "s16" });
}
