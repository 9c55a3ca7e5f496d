/**
 * The platform's error for what transactions may not use. Wording: `not_allowed_in_udf`,
 * crates/isolate/src/environment/udf/mod.rs of convex-backend at 94a42c3d.
 */
export function refusal(description: string): Error {
  return new Error(
    `Can't use ${description} in queries and mutations. Please consider using an action. ` +
      "See https://docs.convex.dev/functions/actions for more details.",
  );
}
