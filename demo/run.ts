/**
 * One run: add the documents, start their reviews, follow them, let the executors go.
 *
 * Owns the order of these and the judgement whether a run is stuck. Prints nothing.
 */
import { api, components } from "../example/convex/_generated/api.js";
import type { EmbeddedConvex } from "./backend/backend.js";
import type { Document } from "./documents.js";
import { Follower, type Progress } from "./workflows.js";

/** Reviews that one mutation starts; the component takes 500 with 4 MiB of arguments. */
const START_PAGE = 250;
// All of these in the backend's time, which may be virtual.

/** Milliseconds between two looks. */
const LOOK_MS = 250;
/** Milliseconds without progress after which idle executors mean a stuck workflow. */
const IDLE_CHECK_MS = 2_000;
/** Milliseconds without progress after which a run is stuck, whatever the executors do. */
const STALL_MS = 5 * 60_000;
/** Milliseconds that running steps have to end once executors were told to leave. */
const DRAIN_MS = 15_000;

/** How a run ended. */
type Ending = "finished" | "interrupted" | "stuck";

export interface RunResult {
  readonly ending: Ending;
  /** Whether every executor left within the drain time. */
  readonly isDrained: boolean;
  /** From the first document to the last end of a workflow, in the backend's time. */
  readonly durationMs: number;
  /** The same on the machine's clock. */
  readonly wallMs: number;
}

/** Reviews the documents; resolves when all have finished, or none will any more. */
export async function runReviews(
  backend: EmbeddedConvex,
  documents: readonly Document[],
  options: {
    readonly signal: AbortSignal;
    readonly onProgress: (progress: Progress) => void;
  },
): Promise<RunResult> {
  const began = { at: backend.now(), wall: performance.now() };
  const total = await startReviews(backend, documents, options.signal);
  const ending = await follow(backend, total, options);
  const durationMs = backend.now() - began.at;
  const wallMs = performance.now() - began.wall;
  // Nothing was started, so there is no layout whose epoch could be bumped.
  if (total > 0) await backend.mutation(components.executor.operators.bumpEpoch, {});
  const isDrained = await backend.waitUntilIdle(DRAIN_MS);
  return { ending, isDrained, durationMs, wallMs };
}

/** Starts the reviews in the order of the documents; answers how many it started. */
async function startReviews(
  backend: EmbeddedConvex,
  documents: readonly Document[],
  signal: AbortSignal,
): Promise<number> {
  const documentIds = [];
  for (const { title, text } of documents) {
    if (signal.aborted) return 0;
    documentIds.push(await backend.mutation(api.documents.add, { title, text }));
  }
  let started = 0;
  while (started < documentIds.length && !signal.aborted) {
    const page = documentIds.slice(started, started + START_PAGE);
    await backend.mutation(api.reviews.start, { documentIds: page });
    started += page.length;
  }
  return started;
}

async function follow(
  backend: EmbeddedConvex,
  total: number,
  { signal, onProgress }: Parameters<typeof runReviews>[2],
): Promise<Ending> {
  const follower = new Follower(backend);
  let last = { mark: "", at: backend.now() };
  while (!signal.aborted) {
    const progress = await follower.look();
    onProgress(progress);
    if (progress.finished === total) return "finished";
    const mark = `${progress.finished} ${progress.running}`;
    if (mark !== last.mark) last = { mark, at: backend.now() };
    const quietMs = backend.now() - last.at;
    if (quietMs > STALL_MS) return "stuck";
    if (quietMs > IDLE_CHECK_MS && backend.isIdle()) return "stuck";
    await backend.sleep(LOOK_MS, signal);
  }
  return "interrupted";
}
