/**
 * Where a function is, and how the platform writes that.
 *
 * Knows no code: whether there is such a function is `code.ts`.
 */

/** `component` is the path of names, "" for the app. */
export interface FunctionPath {
  readonly component: string;
  /** `module/path:export`. */
  readonly udfPath: string;
}

/** The function that an address means. */
export interface Target extends FunctionPath {
  /** The child component through which it was named: only its public functions are seen. */
  readonly child: string | null;
}

/** The two parts of `dir/mod:fn`. */
export function splitPath(udfPath: string): { moduleName: string; exportName: string } {
  const [moduleName = "", exportName = "default"] = udfPath.split(":");
  return { moduleName, exportName };
}

/** `dir/mod.js:fn`, `dir/mod:fn` and `dir/mod` (its default export) are all names. */
export function normalizeName(name: string): string {
  const { moduleName, exportName } = splitPath(name);
  return `${moduleName.replace(/\.js$/, "")}:${exportName}`;
}

/** `dir/mod.js:fn`, as jobs and most errors name a function. */
export function fileName(udfPath: string): string {
  const { moduleName, exportName } = splitPath(udfPath);
  return `${moduleName}.js:${exportName}`;
}

/** `in_component_str` in crates/common/src/components/component_path.rs at 94a42c3d. */
export function within(component: string): string {
  return component === "" ? "" : ` in '${component}'`;
}
