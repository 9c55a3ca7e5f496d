/**
 * A deployment's functions, called over HTTP as its admin, as `npx convex run` does.
 *
 * Owns what an answer's status means, and how often a call is tried again. Every function
 * that is called may be called twice.
 */
import { ConvexHttpClient } from "convex/browser";
import {
  getFunctionAddress,
  type FunctionArgs,
  type FunctionReference,
  type FunctionReturnType,
  type FunctionVisibility,
} from "convex/server";
import { HOW_TO_DEPLOY, LiveError } from "./errors.js";

/** Milliseconds after which a call counts as unanswered; a query may take half of it. */
const ANSWER_MS = 60_000;
/** Calls of one that is not answered, over two minutes: a deployment restarts in less. */
const TRIES_MAX = 7;
const RETRY_MS = 2_000;
const RETRY_MS_MAX = 30_000;
/** The status with which a deployment answers when the function failed. */
const FUNCTION_FAILED = 560;
const REFUSED = new Set([401, 403]);
/** As a component's reference begins. */
const COMPONENT = "_reference/childComponent/";

type AnyReference = FunctionReference<"query" | "mutation", FunctionVisibility>;

/** What the package's types leave out; the CLI that comes with it uses both. */
interface AdminClient {
  setAdminAuth(key: string): void;
  function(name: string, componentPath: string | undefined, args: object): Promise<never>;
}

export class Deployment {
  readonly #client: AdminClient;

  constructor(
    readonly url: string,
    adminKey: string,
    private readonly wait: (ms: number) => Promise<unknown>,
  ) {
    const client = new ConvexHttpClient(url, {
      skipConvexDeploymentUrlCheck: true,
      logger: false,
      fetch: async (input, init) => await this.#fetch(input, init),
    });
    this.#client = client as unknown as AdminClient;
    this.#client.setAdminAuth(adminKey);
  }

  /** Calls a function of the app or of its component, again if nobody answers. */
  async call<F extends AnyReference>(
    reference: F,
    args: FunctionArgs<F>,
  ): Promise<FunctionReturnType<F>> {
    let waitMs = RETRY_MS;
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.callOnce(reference, args);
      } catch (error) {
        const isOver = tries === TRIES_MAX;
        if (isOver || !(error instanceof LiveError && error.kind === "unreachable")) {
          throw error;
        }
        await this.wait(waitMs);
        waitMs = Math.min(RETRY_MS_MAX, waitMs * 2);
      }
    }
  }

  /** Calls a function, and says what is wrong with the first answer. */
  async callOnce<F extends AnyReference>(
    reference: F,
    args: FunctionArgs<F>,
  ): Promise<FunctionReturnType<F>> {
    const { name, component } = resolveName(reference);
    try {
      return await this.#client.function(name, component, args);
    } catch (error) {
      if (error instanceof LiveError) throw error;
      const { message } = error as Error;
      const where = component === undefined ? "" : ` of the component "${component}"`;
      if (isMissing(message)) {
        throw new LiveError(
          "missing",
          `${this.url} has no function ${name}${where} (${message}).\n${HOW_TO_DEPLOY}`,
          { cause: error },
        );
      }
      throw new LiveError("failed", `${name}${where}: ${message}`, { cause: error });
    }
  }

  async #fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await fetch(input, { ...init, signal }).catch((error: unknown) => {
      throw new LiveError("unreachable", `${this.url} does not answer${tell(error)}.`, {
        cause: error,
      });
    });
    const { ok, status } = response;
    if (ok || status === FUNCTION_FAILED) return response;
    const text = await response.text();
    if (REFUSED.has(status)) {
      throw new LiveError(
        "refused",
        `${this.url} does not accept the admin key (${status}: ${text}). A deploy key of ` +
          "this very deployment is needed: dashboard, Settings, URL & Deploy Key.",
      );
    }
    // Refused for now, or the backend is in trouble; what is wrong with the call stays wrong.
    if (status === 429 || status >= 500) {
      throw new LiveError("unreachable", `${this.url} answers ${status}: ${text}`);
    }
    return new Response(text, { status });
  }
}

/** Whether a function is not there, in the backend's words: what one throws is "Uncaught". */
function isMissing(message: string): boolean {
  if (message.includes("Uncaught")) return false;
  return /could not find|not found|is not deployed/i.test(message);
}

/** What a failed fetch says of itself: mostly its cause does. */
function tell(error: unknown): string {
  const { message, cause } = error as Error;
  const code = (cause as { code?: string } | undefined)?.code;
  return ` (${code ?? message})`;
}

/** A component's function is called by its path and name, as the CLI does. */
function resolveName(reference: AnyReference): { name: string; component?: string } {
  const address = getFunctionAddress(reference) as { name?: string; reference?: string };
  if (address.name !== undefined) return { name: address.name };
  const [component, ...path] = address.reference!.slice(COMPONENT.length).split("/");
  const fn = path.pop();
  return { name: `${path.join("/")}:${fn}`, component };
}
