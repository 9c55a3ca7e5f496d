/**
 * What the page embeds beside its figures: the chart library, the style sheet, the script.
 *
 * Owns reading them; all come from this project's files and its installed packages.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { bundle } from "./bundle.js";

/** Texts that stand in the page as they are. */
export interface Assets {
  readonly style: string;
  readonly script: string;
  /** Name and version of the library that draws charts. */
  readonly chartName: string;
  readonly chartStyle: string;
  readonly chartScript: string;
  readonly chartLicense: string;
}

/** What would end the element that holds a script or a style, or change how it is read. */
const UNSAFE = /<\/(script|style)|<!--/i;

/** Reads and compiles all. */
export function loadAssets(): Assets {
  const directory = path.dirname(
    path.dirname(createRequire(import.meta.url).resolve("uplot")),
  );
  const readPackage = (name: string) => readFileSync(path.join(directory, name), "utf8");
  const { version } = JSON.parse(readPackage("package.json")) as { version: string };
  const script = bundle(new URL("page/main.ts", import.meta.url), { uplot: "uPlot" });
  return {
    style: checkSafe(
      "style.css",
      readFileSync(new URL("style.css", import.meta.url), "utf8"),
    ),
    script: checkSafe("page/main.ts", script),
    chartName: `uPlot ${version}`,
    chartStyle: checkSafe("uPlot.min.css", readPackage("dist/uPlot.min.css")),
    chartScript: checkSafe("uPlot.iife.min.js", readPackage("dist/uPlot.iife.min.js")),
    chartLicense: readPackage("LICENSE"),
  };
}

/** Escaping would change what a script says: what cannot stand in a page is refused. */
export function checkSafe(name: string, text: string): string {
  const found = UNSAFE.exec(text);
  if (found) throw new Error(`${name} holds "${found[0]}", which cannot stand in a page`);
  return text;
}
