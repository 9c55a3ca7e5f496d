/**
 * Imports point one way: shared <- component <- client <- example. The simulation knows
 * nothing of what it simulates, and what is shipped knows nothing of its tests. Tests,
 * benchmarks and the demo may use all.
 */
import { defineFileRule, isCode, isTest } from "../rule.js";
import { listImports, packageEntries, resolveImport } from "./imports.js";

/** What each directory may import from, apart from packages. The first match counts. */
const LAYERS: { directory: string; mayImport: string[] }[] = [
  { directory: "src/shared/", mayImport: ["src/shared/"] },
  { directory: "src/component/", mayImport: ["src/shared/", "src/component/"] },
  { directory: "src/", mayImport: ["src/"] },
  // The example is an app of someone else: it sees the package's entry points only.
  { directory: "example/", mayImport: ["example/", ...packageEntries.values()] },
  { directory: "sim/", mayImport: ["sim/"] },
  { directory: "scripts/", mayImport: ["scripts/"] },
];

/** A test beside its code may use the test kit, which the code may not. */
const TEST_KITS = ["test/", "sim/", "src/test.ts"];

export const layers = defineFileRule({
  name: "layers",
  appliesTo: isCode,
  checkFile: (file) => {
    const layer = LAYERS.find(({ directory }) => file.path.startsWith(directory));
    if (layer === undefined) {
      return [];
    }
    const allowed = isTest(file.path)
      ? [...layer.mayImport, ...TEST_KITS]
      : layer.mayImport;
    return listImports(file).flatMap(({ specifier, line }) => {
      const target = resolveImport(file.path, specifier);
      if (target === null || allowed.some((prefix) => target.startsWith(prefix))) {
        return [];
      }
      return [{ line, message: `${layer.directory} may not import ${target}` }];
    });
  },
});
