/**
 * What the demo prints at its end. Owns the wording; computes nothing but shares.
 */
import Table from "cli-table3";
import type { HaikuStats } from "../bench/haiku/index.js";
import type { Figures, Review } from "./figures.js";
import type { RunResult } from "./run.js";

/** Characters of a sample's texts that are shown. */
const SAMPLE_CHARACTERS_MAX = 200;
/** Violations that are shown. */
const VIOLATIONS_MAX = 5;

/** What the figures alone do not tell. */
interface ReportContext {
  readonly command: string;
  readonly isVirtual: boolean;
  /** The simulated API's; null for the real one. */
  readonly stats: HaikuStats | null;
}

/** Renders the table and the three samples. */
export function renderReport(
  figures: Figures,
  run: RunResult,
  context: ReportContext,
): string {
  const table = new Table({ style: { head: [], border: [] } });
  for (const [name, value] of rows(figures, run, context)) table.push([name, value]);
  const apiNote = context.stats
    ? "Latency and faults of the API are modelled."
    : "The API was the real one.";
  const times = context.isVirtual
    ? "All times but the wall duration are virtual: the model's, not a deployment's."
    : "Its times are the model's, not a deployment's.";
  return [
    table.toString(),
    `Measured by \`${context.command}\`. ${apiNote}`,
    "The backend is the embedded Convex with the class and latencies printed above.",
    times,
    ...figures.violations
      .slice(0, VIOLATIONS_MAX)
      .map(
        ({ invariant, message, row }) => `violation ${invariant}: ${message} (${row})`,
      ),
    ...(figures.firstError === null
      ? []
      : [`first failure: ${shorten(figures.firstError)}`]),
    "",
    ...figures.samples.flatMap(renderSample),
  ].join("\n");
}

function rows(
  figures: Figures,
  { ending, isDrained, durationMs, wallMs }: RunResult,
  { isVirtual, stats }: ReportContext,
): [string, string][] {
  const { completionMs, unfinished, stepsSettled } = figures;
  const isInterrupted = ending === "interrupted";
  return [
    ["completed", `${figures.completed} of ${figures.total}`],
    ...(isVirtual ? [["virtual duration", seconds(durationMs)] as [string, string]] : []),
    ["wall duration", seconds(wallMs)],
    ["failed", `${figures.failed}`],
    ["stuck", isInterrupted ? "not judged" : `${unfinished}`],
    ...(isInterrupted
      ? [["unfinished (Ctrl-C)", `${unfinished}`] as [string, string]]
      : []),
    ...(isDrained
      ? []
      : [["executors", "some did not leave in time"] as [string, string]]),
    ["audit violations", `${figures.violations.length}`],
    ["completion p50", seconds(completionMs.p50)],
    ["completion p90", seconds(completionMs.p90)],
    ["completion p99", seconds(completionMs.p99)],
    ["completion slowest", seconds(completionMs.slowest)],
    ["median by creation decile", figures.decileMediansMs.map(seconds).join("  ")],
    ["rank correlation", renderNumber(figures.rankCorrelation, 3)],
    ["calls", `${figures.calls}`],
    ["retries", renderRetries(figures)],
    ...(stats ? [["the API's own count", renderStats(stats)] as [string, string]] : []),
    ["transactions per step", renderTransactionsPerStep(figures)],
    ["of which", renderTransactions(figures, stepsSettled)],
    ["commits that conflicted", `${figures.conflicts}`],
    ...(isVirtual ? [["digest of the state", figures.digest] as [string, string]] : []),
  ];
}

/** A step keeps its last error only, so the kinds add up to fewer than the retries when one step had several. */
function renderRetries({ retries, retriedByKind }: Figures): string {
  const kinds = [...retriedByKind].map(([kind, count]) => `${kind}: ${count}`);
  return `${retries}${kinds.length > 0 ? ` (steps by last error: ${kinds.join(", ")})` : ""}`;
}

function renderStats(stats: HaikuStats): string {
  const { requests, rateLimited, overloaded, dropped } = stats;
  return `${requests} requests; 429: ${rateLimited}, 529: ${overloaded}, dropped: ${dropped}`;
}

function renderTransactionsPerStep({
  executorTransactions,
  stepsSettled,
}: Figures): string {
  const count = executorTransactions.reduce((sum, one) => sum + one.count, 0);
  return `${renderNumber(count / stepsSettled, 2)} (${count} for ${stepsSettled} settled steps)`;
}

function renderTransactions({ executorTransactions }: Figures, steps: number): string {
  return executorTransactions
    .map(({ name, count }) => `${name} ${count} (${renderNumber(count / steps, 3)})`)
    .join("\n");
}

function renderSample({ title, tone, keywords, summary }: Review): string[] {
  return [
    shorten(title),
    `  tone      ${shorten(tone ?? "")}`,
    `  keywords  ${shorten(keywords?.join(", ") ?? "")}`,
    `  summary   ${shorten(summary ?? "")}`,
    "",
  ];
}

/** One line of text, without what a terminal would obey: documents are anybody's. */
function shorten(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  if (line.length <= SAMPLE_CHARACTERS_MAX) return line;
  return `${line.slice(0, SAMPLE_CHARACTERS_MAX)}…`;
}

function seconds(ms: number): string {
  return Number.isNaN(ms) ? "-" : `${renderNumber(ms / 1_000, 1)} s`;
}

/** What nothing was measured for is a dash. */
function renderNumber(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "-";
}
