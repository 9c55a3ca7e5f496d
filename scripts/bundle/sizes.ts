/**
 * How large a push is, and each of its modules with what it loads.
 *
 * Owns: the table that `npm run check:bundle` prints. Sizes are bytes of JavaScript as
 * pushed, without source maps.
 */
import path from "node:path/posix";

import type { Bundle, PushedComponent } from "../push/pushRequest.js";
import { resolveImports } from "./rules.js";

const CHUNK_PREFIX = "_deps/";

/** Renders one line per component, and one per module of those that are listed. */
export function renderSizes(
  components: PushedComponent[],
  isListed: (component: PushedComponent) => boolean,
): string {
  const rows: [string, string, string][] = [["", "own bytes", "with chunks"]];
  for (const component of components) {
    const total = component.functions.reduce((sum, one) => sum + sizeBytes(one), 0);
    const chunks = component.functions.filter(isChunk);
    const name = `${resolveName(component)} (${component.functions.length - chunks.length} modules, ${chunks.length} chunks)`;
    rows.push([name, "", formatBytes(total)]);
    if (isListed(component)) {
      rows.push(...renderModules(component));
    }
  }
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows
    .map(([name, own, all]) =>
      [
        name.padEnd(widths[0] ?? 0),
        own.padStart(widths[1] ?? 0),
        all.padStart(widths[2] ?? 0),
      ]
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function renderModules(component: PushedComponent): [string, string, string][] {
  const byPath = new Map(component.functions.map((bundle) => [bundle.path, bundle]));
  return component.functions
    .filter((bundle) => !isChunk(bundle))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((bundle) => {
      const loaded = resolveLoaded(bundle, byPath);
      const total = loaded.reduce((sum, one) => sum + sizeBytes(one), 0);
      return [`  ${bundle.path}`, formatBytes(sizeBytes(bundle)), formatBytes(total)];
    });
}

/** A module and every chunk it loads, each once. */
function resolveLoaded(entry: Bundle, byPath: Map<string, Bundle>): Bundle[] {
  const loaded = new Set<Bundle>([entry]);
  // A set visits what is added while it is walked.
  for (const bundle of loaded) {
    for (const specifier of resolveImports(bundle)) {
      const target = byPath.get(path.join(path.dirname(bundle.path), specifier));
      if (target !== undefined) {
        loaded.add(target);
      }
    }
  }
  return [...loaded];
}

/** The path without what depends on where the throwaway copy lies. */
function resolveName(component: PushedComponent): string {
  return component.definitionPath.replace(/^(\.\.\/)+(node_modules\/)?/, "") || "app";
}

function isChunk(bundle: Bundle): boolean {
  return bundle.path.startsWith(CHUNK_PREFIX);
}

function sizeBytes(bundle: Bundle): number {
  return Buffer.byteLength(bundle.source);
}

function formatBytes(bytes: number): string {
  return bytes.toLocaleString("en-US");
}
