/// <reference types="vite/client" />

/**
 * The modules of a component: finds the one a function path names and loads it.
 *
 * Owns the rule by which paths of a glob become module paths: the folder with `_generated`
 * in it is the root, and the last extension is dropped.
 */

/** What `import.meta.glob` returns. */
export type ModuleGlob = Record<string, () => Promise<unknown>>;

export type ModuleLoader = (modulePath: string) => Promise<Record<string, unknown>>;

export function createModuleLoader(given: ModuleGlob | undefined): ModuleLoader {
  const glob = given ?? projectModules();
  const root = findRoot(Object.keys(glob), given !== undefined);
  const loadByPath = new Map(
    Object.entries(glob).map(([path, load]) => [path.replace(/\.[^.]+$/, ""), load]),
  );
  return async (modulePath) => {
    const load = loadByPath.get(root + modulePath);
    if (load === undefined) throw new Error(`Could not find module for: "${modulePath}"`);
    return (await load()) as Record<string, unknown>;
  };
}

/**
 * The modules of a suite that names none: `convex/` in Vite's root, which is the project's
 * folder unless configured otherwise. convex-test looks beside the node_modules it is in;
 * the two differ where packages are hoisted above Vite's root.
 */
function projectModules(): ModuleGlob {
  return import.meta.glob("/convex/**/*.*s");
}

function findRoot(paths: readonly string[], wereGiven: boolean): string {
  const generated = paths.find((path) => path.includes("_generated"));
  if (generated === undefined) throw new Error(missingGenerated(wereGiven));
  return generated.slice(0, generated.indexOf("_generated"));
}

function missingGenerated(wereGiven: boolean): string {
  const advice = wereGiven
    ? 'Make sure your `import.meta.glob` includes the files in the "_generated" directory'
    : "If your Convex functions aren't defined in a directory " +
      'called "convex" sibling to your node_modules, ' +
      "provide the second argument to `convexTest`";
  return (
    'Could not find the "_generated" directory, make sure to run ' +
    `\`npx convex dev\` or \`npx convex codegen\`. ${advice}`
  );
}
