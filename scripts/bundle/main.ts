/**
 * `npm run check:bundle`: bundles the component and the example with the real CLI, offline,
 * fails on what the Convex runtime cannot run, and prints the sizes. `check:package` does
 * the same with the built package in place of the source (`--package`).
 *
 * Owns: the one CLI call. `deploy --write-push-request` bundles as a deploy would and
 * writes the push to a file instead of sending it; the address is never contacted.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { runConvexCli } from "../push/convexCli.js";
import { withProjectCopy } from "../push/projectCopy.js";
import {
  resolvePushedComponents,
  type PushedComponent,
  type PushRequest,
} from "../push/pushRequest.js";
import { isOwn, resolveViolations } from "./rules.js";
import { renderSizes } from "./sizes.js";

const DEPLOY_ARGS = [
  "deploy",
  "--push-all-modules",
  ...["--write-push-request", "push"],
  ...["--typecheck", "disable"],
  ...["--codegen", "disable"],
  "--yes",
];

async function loadPush(directory: string): Promise<PushedComponent[]> {
  const run = await runConvexCli(DEPLOY_ARGS, {
    directory,
    env: {
      CONVEX_SELF_HOSTED_URL: "http://127.0.0.1:9",
      CONVEX_SELF_HOSTED_ADMIN_KEY: "offline",
    },
  });
  if (run.exitCode !== 0) {
    throw new Error(`convex deploy failed:\n${run.output}`);
  }
  const json = await readFile(path.join(directory, "push.json"), "utf8");
  return resolvePushedComponents(JSON.parse(json) as PushRequest);
}

const kind = process.argv.includes("--package") ? "package" : "source";
const components = await withProjectCopy(kind, loadPush);
console.log(
  renderSizes(components, (component) => component === components[0] || isOwn(component)),
);
const violations = resolveViolations(components);
if (violations.length > 0) {
  console.error("What the Convex runtime cannot run:");
  console.error(violations.map((violation) => `  ${violation}`).join("\n"));
  process.exitCode = 1;
}
