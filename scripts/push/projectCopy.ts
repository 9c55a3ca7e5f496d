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
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root directory. */
export const projectRoot = fileURLToPath(new URL("../../", import.meta.url));

const COPIED_PATHS = [
  "package.json",
  "convex.json",
  "tsconfig.json",
  "src",
  "example/convex",
];

/** Runs `work` on a fresh copy, with or without the generated files, then removes it. */
export async function withProjectCopy<T>(
  options: { generated: boolean },
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const cache = path.join(projectRoot, ".cache");
  await mkdir(cache, { recursive: true });
  const directory = await mkdtemp(path.join(cache, "push-"));
  try {
    for (const copied of COPIED_PATHS) {
      await cp(path.join(projectRoot, copied), path.join(directory, copied), {
        recursive: true,
        filter: (source) => options.generated || path.basename(source) !== "_generated",
      });
    }
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
