/** The machine and the versions that figures are of. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, totalmem } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Processes that ran or waited for a core, on average over the last minute. */
  readonly loadAverage: number;
  readonly node: string;
  readonly packages: Readonly<Record<string, string>>;
}

const PACKAGES = ["convex", "convex-test", "sorted-btree", "pure-rand"];
const BYTES_PER_GIB = 1_024 ** 3;

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / BYTES_PER_GIB),
    loadAverage: loadavg()[0]!,
    node: process.version,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
}

/** Read as a file: not every package exports its manifest. */
function versionOf(name: string): string {
  const { resolve } = createRequire(import.meta.url);
  for (const directory of resolve.paths(name) ?? []) {
    const text = readIfThere(`${directory}/${name}/package.json`);
    if (text !== null) return (JSON.parse(text) as { version: string }).version;
  }
  return "unknown";
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
