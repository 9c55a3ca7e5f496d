/** What may go wrong between the program and a deployment, in words that say what to do. */

export type LiveErrorKind =
  /** Nobody answers, or not now; trying again may help. */
  | "unreachable"
  /** The key is not one of this deployment. */
  | "refused"
  /** A function that is called is not deployed. */
  | "missing"
  /** The function itself failed. */
  | "failed"
  /** The deployment, or the command line, is not fit for a run. */
  | "unfit";

export class LiveError extends Error {
  override readonly name = "LiveError";

  constructor(
    readonly kind: LiveErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What puts the functions there that are called. */
export const HOW_TO_DEPLOY =
  "Deploy the example of this version, from the root of the repository: npm run build && npx convex dev --once";
