/**
 * The command line of `--live`, and which deployment it means.
 *
 * Owns: where an address and a key come from. They come from one place, always: a key must
 * not be sent to an address that it was not given for.
 */
import { LiveError } from "./errors.js";

/** What a person may choose of a live run. */
export interface LiveOptions {
  readonly url: string | null;
  readonly adminKey: string | null;
  readonly workflows: number;
  /** The run to go on with; null to begin one. */
  readonly resume: string | null;
  /** Whether nobody is asked before money is spent. */
  readonly isAgreed: boolean;
  /** Whether results go to the directory of the committed ones. */
  readonly saves: boolean;
}

/** An address with a key to it. */
export interface Target {
  readonly url: string;
  readonly adminKey: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The file that `npx convex dev` writes, at the root of the repository. */
export const ENV_FILE = ".env.local";

/**
 * Finds the deployment: the options', else that of the environment, else that of the file.
 * Throws what is missing.
 */
export function resolveTarget(
  { url, adminKey }: Pick<LiveOptions, "url" | "adminKey">,
  environment: Environment,
  file: Environment,
): Target {
  if (url !== null) {
    if (adminKey === null) throw unfit("--url needs --admin-key: a deploy key of it.");
    return { url: checkUrl(url), adminKey };
  }
  // A source that names no deployment but holds a key adds to nothing.
  const env = namesDeployment(environment) ? environment : { ...file, ...environment };
  const found = readUrl(env);
  const key = adminKey ?? readKey(env);
  if (found === null) {
    throw unfit(
      `Which deployment? Give --url and --admin-key, or run \`npx convex dev\`, which writes ${ENV_FILE}.`,
    );
  }
  if (key === null) {
    throw unfit(
      `No key for ${found}: give --admin-key, or set CONVEX_DEPLOY_KEY ` +
        "(dashboard, Settings, URL & Deploy Key) or CONVEX_SELF_HOSTED_ADMIN_KEY.",
    );
  }
  return { url: checkUrl(found), adminKey: key };
}

function namesDeployment(env: Environment): boolean {
  return Boolean(env.CONVEX_SELF_HOSTED_URL ?? env.CONVEX_URL ?? env.CONVEX_DEPLOYMENT);
}

/** As the CLI names them; of a deployment's name its address follows. */
function readUrl(env: Environment): string | null {
  const url = env.CONVEX_SELF_HOSTED_URL || env.CONVEX_URL;
  if (url) return url;
  const named = env.CONVEX_DEPLOYMENT || readDeployKey(env)?.split("|")[0];
  // "dev:happy-animal-123 # team: …"
  const name = named?.split(/\s/)[0]?.split(":").at(-1);
  return name ? `https://${name}.convex.cloud` : null;
}

function readKey(env: Environment): string | null {
  const key = env.CONVEX_SELF_HOSTED_URL
    ? env.CONVEX_SELF_HOSTED_ADMIN_KEY
    : readDeployKey(env);
  return key || null;
}

function readDeployKey(env: Environment): string | undefined {
  return env.CONVEX_DEPLOY_KEY || env.CONVEX_DEPLOYMENT_TOKEN;
}

function checkUrl(url: string): string {
  if (!URL.canParse(url)) throw unfit(`"${url}" is no URL of a deployment.`);
  return url.replace(/\/+$/, "");
}

function unfit(message: string): LiveError {
  return new LiveError("unfit", message);
}
