/**
 * `npm run conformance`: the suite on every target in this process; with `--live`, on a
 * deployment somewhere else. Other arguments go to vitest.
 */
import { spawnSync } from "node:child_process";

import { main } from "./live/main.js";

const args = process.argv.slice(2);
if (args.includes("--live")) {
  process.exitCode = await main(args, (line) => process.stdout.write(`${line}\n`));
} else {
  const vitest = ["vitest", "run", "--project", "node", "test/conformance", ...args];
  process.exitCode = spawnSync("npx", vitest, { stdio: "inherit" }).status ?? 1;
}
