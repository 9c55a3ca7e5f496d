/**
 * Makes one script of the page's modules, with the compiler that also checks them.
 *
 * Owns: the order. Modules import only each other and what is a global of the page; there
 * are no cycles, which `test/tidy` sees to, so each runs once, after what it imports.
 */
import { readFileSync } from "node:fs";
import ts from "typescript";

/** Packages that are in the page already, by the name of their global. */
type Globals = Readonly<Record<string, string>>;

const REQUIRE = /\brequire\("([^"]+)"\)/g;

/** Bundles a module and all that it imports. */
export function bundle(entry: URL, globals: Globals): string {
  const names = new Map<string, string>();
  const parts: string[] = [];
  addModule(entry, { globals, names, parts });
  return `(() => {\n"use strict";\n${parts.join("\n")}\n})();\n`;
}

interface Bundling {
  readonly globals: Globals;
  /** Variables of modules, by address. */
  readonly names: Map<string, string>;
  readonly parts: string[];
}

/** Adds a module after what it imports; returns the variable that holds its exports. */
function addModule(url: URL, bundling: Bundling): string {
  const { globals, names, parts } = bundling;
  const known = names.get(url.href);
  if (known !== undefined) return known;
  const code = compile(url).replace(REQUIRE, (_, specifier: string) => {
    if (specifier.startsWith(".")) {
      return addModule(new URL(specifier.replace(/\.js$/, ".ts"), url), bundling);
    }
    const name = globals[specifier];
    if (name === undefined) {
      throw new Error(`${url.pathname} imports "${specifier}", which the page has not`);
    }
    return `({ default: ${name} })`;
  });
  const name = `module${names.size}`;
  names.set(url.href, name);
  parts.push(`const ${name} = {};\n(function (exports) {\n${code}})(${name});`);
  return name;
}

function compile(url: URL): string {
  const { outputText } = ts.transpileModule(readFileSync(url, "utf8"), {
    fileName: url.pathname,
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      removeComments: true,
    },
  });
  return outputText;
}
