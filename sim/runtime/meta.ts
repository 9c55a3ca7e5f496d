/**
 * What a function can learn of itself, its request and its deployment (`ctx.meta`).
 */
import type { Frame } from "./frame.js";
import { userFailure } from "./failure.js";
import type { Services } from "./services.js";

/** The answer to a metadata syscall as JSON; null if it is none. */
export function answerMeta(
  services: Services,
  frame: Frame,
  name: string,
): string | null {
  switch (name) {
    case "getFunctionMetadata": {
      const { component, udfPath } = frame.fn.path;
      return JSON.stringify({ name: udfPath, componentPath: component });
    }
    case "getDeploymentMetadata":
      return JSON.stringify(services.metadata);
    case "getRequestMetadata":
      return JSON.stringify(requestMetadata(frame));
    default:
      return null;
  }
}

function requestMetadata(frame: Frame): object {
  if (frame.fn.kind === "query") {
    throw userFailure("Cannot get request metadata in a Query");
  }
  const { ip, userAgent, requestId, authToken, job } = frame.request;
  const scheduledFunctionId = job?.id ?? null;
  return { ip, userAgent, requestId, scheduledFunctionId, authToken };
}
