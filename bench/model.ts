/** Says what of a scenario is modelled and not measured, a line each. */
import { CLASS_LIMITS, LATENCY_DEFAULTS } from "../sim/index.js";
import { resolveOptions, type RateLimitChange } from "./haiku/index.js";
import { PRICES } from "./measure/cost.js";
import type { Engine } from "./engines/engine.js";
import type { Scenario } from "./scenario.js";

const MS_PER_SECOND = 1_000;

export function describeModel(
  { class: name, work, creators }: Scenario,
  { modelled, startPage }: Engine,
): string[] {
  const { queries, mutations, actions, scheduledJobs } = CLASS_LIMITS[name];
  const { readsPerBatchMax, sigma, ...delays } = LATENCY_DEFAULTS;
  const medians = Object.entries(delays).map(
    ([delay, ms]) => `${delay.replace(/Ms$/, "")} ${ms}`,
  );
  return [
    `backend: embedded in one process, virtual time, class ${name} (${queries} queries, ` +
      `${mutations} mutations, ${actions} actions, ${scheduledJobs} scheduled jobs at once)`,
    `median ms: ${medians.join(", ")}; log-normal, sigma ${sigma}; reads in batches of ${readsPerBatchMax}`,
    `workflows are created by ${creators} callers at once, ${startPage} a mutation`,
    describeWork(work),
    ...modelled,
    PRICES,
  ];
}

function describeWork(work: Scenario["work"]): string {
  if (work.kind === "wait") {
    const where = work.isOwnAction ? "each an action of its own" : "in the executor";
    return `calls wait for ${work.msMin} to ${work.msMax} ms, ${where}`;
  }
  if (work.kind === "mutation") return "calls are mutations that insert a row";
  const { rateLimit, ...api } = resolveOptions(work.api);
  const limit = rateLimit
    ? [
        `${rateLimit.requestsPerMinute} requests a minute, a bucket of ${rateLimit.capacityRequests} ` +
          `with ${rateLimit.initialRequests} at the start`,
        ...api.rateLimitChanges.map(describeChange),
      ].join(", ")
    : "no rate limit";
  const percent = (probability: number) => `${probability * 100}%`;
  return (
    `Messages API: simulated, called by the official SDK; median ${api.latencyMedianMs} ms, ` +
    `sigma ${api.latencySigma}; ${limit}; ${percent(api.overloadedProbability)} 529, ` +
    `${percent(api.dropProbability)} dropped connections, refusals after ${api.refusalMs} ms` +
    (work.gate === "adaptive" ? "; the fleet is told no limit beforehand" : "")
  );
}

function describeChange({
  atMs,
  requestsPerMinute,
  capacityRequests,
}: RateLimitChange): string {
  return `${requestsPerMinute} with a bucket of ${capacityRequests} from ${atMs / MS_PER_SECOND} s on`;
}
