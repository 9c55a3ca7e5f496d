/**
 * What may not be in a pushed bundle of the Convex runtime.
 *
 * Owns: the rules, as pure functions of a push. What the CLI rejects by itself is not
 * repeated here: a Node built-in outside a "use node" file (esbuild cannot resolve it for
 * its "browser" platform) and a "use node" file in a component both end with exit code 1.
 *
 * `node:async_hooks` is the one built-in that the CLI lets pass, in the app and in
 * components alike (seen in convex 1.48.0): its bundler replaces the import by a module
 * which reads `globalThis.AsyncLocalStorage` and marks it with the comment
 * `// async-hooks-shim:`. The client relies on that in app code; the component has no use
 * for it, so there it means that client code was imported.
 */
import ts from "typescript";

import type { Bundle, PushedComponent } from "../push/pushRequest.js";

const ASYNC_HOOKS_SHIM_MARK = "// async-hooks-shim:";

/** Where our own component stands, seen from the app: in source form or built. */
const OWN_DEFINITION_PATH = /^(\.\.\/)+(src|dist)\/component$/;

/** Whether a pushed component is this project's. */
export function isOwn(component: PushedComponent): boolean {
  return OWN_DEFINITION_PATH.test(component.definitionPath);
}

/** Lists every violation in a push, one line each; none means the push is sound. */
export function resolveViolations(components: PushedComponent[]): string[] {
  const violations: string[] = [];
  for (const component of components) {
    for (const bundle of component.functions) {
      const place = `${component.definitionPath || "app"}: ${bundle.path}`;
      for (const specifier of resolveExternalImports(bundle)) {
        violations.push(`${place} imports "${specifier}" at run time`);
      }
      if (isOwn(component) && bundle.environment === "node") {
        violations.push(`${place} runs in Node; a component cannot`);
      }
      if (isOwn(component) && bundle.source.includes(ASYNC_HOOKS_SHIM_MARK)) {
        violations.push(`${place} holds node:async_hooks; keep it in src/client`);
      }
    }
  }
  return violations;
}

/** Only the app's Node modules may import anything but their own chunks. */
function resolveExternalImports(bundle: Bundle): string[] {
  if (bundle.environment === "node") {
    return [];
  }
  return resolveImports(bundle).filter((specifier) => !specifier.startsWith("."));
}

/** Lists the module specifiers a bundle imports, dynamic imports included. */
export function resolveImports(bundle: Bundle): string[] {
  return ts
    .preProcessFile(bundle.source, true, true)
    .importedFiles.map((imported) => imported.fileName);
}
