/**
 * `npm run demo`: reviews documents with Claude Haiku on an embedded Convex.
 *
 * Owns the process: arguments, environment, signals, output, exit code.
 */
import { openEmbedded } from "./backend/embedded.js";
import { openTime } from "./backend/time.js";
import { DOCUMENT_CHARACTERS_MAX, loadDocuments, type Document } from "./documents.js";
import { loadFigures } from "./figures.js";
import { openRealApi, openSimulatedApi } from "./messagesApi.js";
import { HELP, parseCommand, type DemoOptions } from "./options.js";
import { openProgress } from "./progress.js";
import { renderReport } from "./report.js";
import { runReviews } from "./run.js";
import { applySlots } from "./slots.js";

/** Exit codes; HELP tells them. */
const EXIT = { ok: 0, broken: 1, usage: 2, interrupted: 130 };

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const command = parseCommand(args);
  if (command.kind === "help") {
    console.log(HELP);
    return EXIT.ok;
  }
  if (command.kind === "invalid") {
    console.error(`${command.message}\nTry: npm run demo -- --help`);
    return EXIT.usage;
  }
  const documents = await loadDocuments(command.options.documents, command.options.count);
  if (documents.length === 0) {
    const pattern = command.options.documents ?? "node_modules/*/README.md";
    console.error(`No document matches ${pattern} (seen from ${process.cwd()}).`);
    return EXIT.usage;
  }
  return await demonstrate(
    command.options,
    documents,
    ["npm run demo", ...(args.length > 0 ? ["--"] : []), ...args.map(quote)].join(" "),
  );
}

async function demonstrate(
  options: DemoOptions,
  documents: Document[],
  command: string,
): Promise<number> {
  const { seed } = options;
  const hasKey = Boolean(process.env.ANTHROPIC_API_KEY);
  // The real API answers when it does.
  const time = openTime(options.isRealTime || hasKey ? "real" : "virtual");
  const messages = hasKey
    ? openRealApi(documents.map(({ text }) => text))
    : await openSimulatedApi(seed, time);
  const layout = applySlots(options.slots);
  const backend = await openEmbedded({ ...messages, time, seed });
  console.log(renderHeader(options, documents, layout, { messages, backend }));
  const signal = listenForInterrupt();
  const view = openProgress(documents.length);
  const run = await runReviews(backend, documents, {
    signal,
    onProgress: (progress) => view.show(progress),
  });
  view.end();
  const figures = await loadFigures(backend);
  console.log(
    renderReport(figures, run, {
      command,
      isVirtual: time.isVirtual,
      stats: messages.stats(),
    }),
  );
  await messages.close();
  const { violations, failed } = figures;
  if (violations.length > 0 || failed > 0 || run.ending === "stuck") return EXIT.broken;
  return run.ending === "interrupted" ? EXIT.interrupted : EXIT.ok;
}

function renderHeader(
  { count, slots }: DemoOptions,
  documents: readonly Document[],
  layout: { shards: number; slotsPerShard: number },
  parts: Record<"messages" | "backend", { readonly description: readonly string[] }>,
): string {
  const found =
    documents.length < count ? ` (${count} were asked for; no more were found)` : "";
  return [
    `documents  ${documents.length}${found}, the first ${DOCUMENT_CHARACTERS_MAX} characters of each`,
    `executors  ${slots} slots: ${layout.shards} shards of ${layout.slotsPerShard}`,
    ...renderPart("API", parts.messages.description),
    ...renderPart("backend", parts.backend.description),
    "",
  ].join("\n");
}

/** As a shell needs it. */
function quote(arg: string): string {
  return /^[\w./=-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}

function renderPart(name: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `${(index === 0 ? name : "").padEnd(11)}${line}`);
}

/** The first Ctrl-C asks the run to end; the second ends the process. */
function listenForInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.on("SIGINT", () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    console.log("\nEnding: running calls may finish. Ctrl-C again ends at once.");
  });
  return controller.signal;
}
