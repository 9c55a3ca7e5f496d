/**
 * Finds the modules of an app and its components on disk, as `import.meta.glob` would in
 * vite, which a plain program does not have.
 */
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

type Module = Record<string, unknown>;

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const require = createRequire(import.meta.url);

/** The app's own functions. */
export const APP = path.join(ROOT, "example/convex");
/** This component's functions. */
export const EXECUTOR = path.join(ROOT, "src/component");
/** An installed component's functions, built: Node runs no TypeScript in node_modules. */
export function componentOf(packageName: string): string {
  const directory = path.dirname(require.resolve(`${packageName}/package.json`));
  return path.join(directory, "dist/component");
}

/**
 * Lists a directory's modules, those of `_generated` included. As for the Convex CLI, a name
 * with a second dot is none: tests, types, `convex.config`.
 */
export async function findModules(
  directory: string,
): Promise<Record<string, () => Promise<Module>>> {
  const files = await readdir(directory, { recursive: true });
  const modules = files.filter((file) => /^[^.]+\.(ts|js)$/.test(file));
  return Object.fromEntries(
    modules.map((file) => [
      `./${file.split(path.sep).join("/")}`,
      async () => await importFile(path.join(directory, file)),
    ]),
  );
}

async function importFile(file: string): Promise<Module> {
  return (await import(pathToFileURL(file).href)) as Module;
}
