/** Reads the command line of the live run. */
import { parseArgs } from "node:util";

export interface LiveOptions {
  readonly url: string;
  readonly adminKey: string;
  /** Only cases whose id contains this text. */
  readonly only: string;
}

const USAGE = `npm run conformance -- --live --url <deployment URL> --admin-key <key> [--only <text>]

Runs the cases that only call functions against a deployment that has the conformance
app (test/conformance/app; its README says how to push it). It empties that app's tables.`;

/** Throws with what is missing. */
export function readLiveOptions(args: readonly string[]): LiveOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      live: { type: "boolean" },
      url: { type: "string" },
      "admin-key": { type: "string" },
      only: { type: "string" },
    },
  });
  const { url, "admin-key": adminKey, only = "" } = values;
  if (!url) {
    throw new Error(`--url is missing: the address of the deployment.\n\n${USAGE}`);
  }
  if (!URL.canParse(url)) {
    throw new Error(`--url is no URL: "${url}".\n\n${USAGE}`);
  }
  if (!adminKey) {
    throw new Error(
      `--admin-key is missing: the deployment's deploy key or admin key.\n\n${USAGE}`,
    );
  }
  return { url: url.replace(/\/+$/, ""), adminKey, only };
}
