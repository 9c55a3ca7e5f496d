/**
 * The shape of the push that the real `convex` CLI makes, as far as our scripts read it.
 *
 * Owns: types only. The CLI's own definitions are not exported by the package; these name
 * the fields we rely on, seen in convex 1.48.0.
 */

/** One esbuild output: a function module, a schema, a definition or a shared chunk. */
export interface Bundle {
  /** Relative to the directory of the component, with forward slashes. */
  path: string;
  source: string;
  sourceMap?: string;
  environment: "isolate" | "node";
}

/** A component as pushed: its definition, schema and modules. */
export interface PushedComponent {
  /** Relative to the app's directory; "" names the app itself. */
  definitionPath: string;
  /** Definition paths of the child components. */
  dependencies: string[];
  definition: Bundle;
  schema: Bundle | null;
  functions: Bundle[];
}

/** The body of `start_push`, and what `deploy --write-push-request` writes. */
export interface PushRequest {
  appDefinition: Omit<PushedComponent, "definitionPath" | "functions"> & {
    changedModules: Bundle[];
    udfServerVersion: string;
  };
  componentDefinitions: (PushedComponent & { udfServerVersion: string })[];
}

/** Lists the app (with path "") and every component of a push in one form. */
export function resolvePushedComponents(request: PushRequest): PushedComponent[] {
  const { changedModules, ...app } = request.appDefinition;
  return [
    { ...app, definitionPath: "", functions: changedModules },
    ...request.componentDefinitions,
  ];
}
