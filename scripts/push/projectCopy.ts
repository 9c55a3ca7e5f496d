/**
 * A throwaway copy of what the CLI reads, so that no run can leave the work tree half
 * generated: the CLI writes stubs first and the real files only after the push.
 *
 * Owns: the copy's directory, removed when the work is done. It lies inside the project,
 * under .cache/, because packages must still be found in the project's node_modules by
 * walking up.
 *
 * How `convex-executor` resolves inside the example: by `paths` of the copied
 * tsconfig.json, which esbuild honours, and so do tsc, tsx and vitest. The CLI then sees
 * src/component/convex.config.ts, a component in source form, and needs no build. The other
 * ways were worse: package.json "exports" point at dist, so codegen would need a build of
 * code that may not compile before codegen, and a stale dist would go unnoticed;
 * `--live-component-sources` needs an export condition that is published to users.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root directory. */
export const projectRoot = fileURLToPath(new URL("../../", import.meta.url));

/**
 * What a copy is made for: to generate code (nothing generated is copied), to bundle the
 * source, or to bundle the built package as an app does that installed it.
 */
export type CopyKind = "codegen" | "source" | "package";

const SOURCE_PATHS = [
  "package.json",
  "convex.json",
  "tsconfig.json",
  "src",
  "example/convex",
];

/** Without tsconfig.json the package's name leads to dist, by "exports". */
const PACKAGE_PATHS = ["package.json", "convex.json", "dist", "example/convex"];

/** Runs `work` on a fresh copy, then removes it. */
export async function withProjectCopy<T>(
  kind: CopyKind,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const cache = path.join(projectRoot, ".cache");
  await mkdir(cache, { recursive: true });
  const directory = await mkdtemp(path.join(cache, "push-"));
  try {
    for (const copied of kind === "package" ? PACKAGE_PATHS : SOURCE_PATHS) {
      await cp(path.join(projectRoot, copied), path.join(directory, copied), {
        recursive: true,
        filter: (source) => kind !== "codegen" || path.basename(source) !== "_generated",
      });
    }
    if (kind === "package") {
      // esbuild would go on to the project's own tsconfig.json, which is further up.
      await writeFile(path.join(directory, "tsconfig.json"), "{}");
    }
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
