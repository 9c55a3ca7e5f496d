/**
 * Runs the real `convex` CLI of node_modules as a child process.
 *
 * Owns: the child's command line and environment. The environment is scrubbed of every
 * CONVEX_ variable, so that a developer's own deployment is never what a check talks to.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";

export interface CliRun {
  exitCode: number;
  output: string;
}

/** Runs `convex <args>` in a project directory and collects what it printed. */
export async function runConvexCli(
  args: string[],
  options: { directory: string; env?: Record<string, string> },
): Promise<CliRun> {
  const packagePath = createRequire(import.meta.url).resolve("convex/package.json");
  const entry = path.join(path.dirname(packagePath), "bin", "main.js");
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("CONVEX_"),
  );
  const child = spawn(process.execPath, [entry, ...args], {
    cwd: options.directory,
    // CI keeps the CLI from reporting crashes to its makers' servers.
    env: { ...Object.fromEntries(inherited), CI: "1", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    // A null code means a signal ended it, which is a failure too.
    child.on("close", (code) => resolve(code ?? 1));
  });
  return { exitCode, output: Buffer.concat(chunks).toString("utf8") };
}
