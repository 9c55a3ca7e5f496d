/**
 * No file imports itself by way of others: what is in a cycle can only be read, tested and
 * loaded as one. Generated files stand apart; they name every module by design.
 */
import { isCode, type Finding, type Rule, type SourceFile } from "../rule.js";
import { listImports, resolveImport } from "./imports.js";

type Graph = Map<string, { path: string; line: number }[]>;

export const cycles: Rule = {
  name: "import cycles",
  check: (files) => {
    const graph = resolveGraph(files.filter((file) => isCode(file.path)));
    const findings: Finding[] = [];
    const finished = new Set<string>();
    for (const path of graph.keys()) {
      findings.push(...findCycles(graph, path, [], finished));
    }
    return findings;
  },
};

function resolveGraph(files: readonly SourceFile[]): Graph {
  const known = new Set(files.map((file) => file.path));
  return new Map(
    files.map((file) => [
      file.path,
      listImports(file).flatMap(({ specifier, line }) => {
        const path = resolveImport(file.path, specifier);
        return path !== null && known.has(path) ? [{ path, line }] : [];
      }),
    ]),
  );
}

/** Walks depth first; an import of a file on the current trail closes a cycle. */
function findCycles(
  graph: Graph,
  path: string,
  trail: string[],
  finished: Set<string>,
): Finding[] {
  if (finished.has(path)) {
    return [];
  }
  const findings: Finding[] = [];
  const here = [...trail, path];
  for (const target of graph.get(path) ?? []) {
    const start = here.indexOf(target.path);
    if (start >= 0) {
      const cycle = [...here.slice(start), target.path].join(" -> ");
      findings.push({ path, line: target.line, message: `cycle: ${cycle}` });
    } else {
      findings.push(...findCycles(graph, target.path, here, finished));
    }
  }
  finished.add(path);
  return findings;
}
