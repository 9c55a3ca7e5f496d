/**
 * From what a call names to the function that it means.
 *
 * Owns the three forms of an address (name, reference, handle), what may be called from
 * where, and the handles. Sources: PLATFORM.md sections 4 and 6;
 * crates/model/src/components/handles.rs.
 */
import type { FunctionPath } from "./code.js";
import { userFailure } from "./failure.js";

/** An address as `convex/server` sends it: exactly one of the three. */
export interface Address {
  readonly name?: string;
  readonly reference?: string;
  readonly functionHandle?: string;
}

const CHILD_PREFIX = "_reference/childComponent/";
const HANDLE = /^function:\/\/([^#]*)(#.*)?$/;

/** What an address means to code of a component, and whether it must be public there. */
export function resolveAddress(
  address: Address,
  component: string,
  handles: Handles,
): FunctionPath & { readonly mustBePublic: boolean } {
  if (address.functionHandle !== undefined) {
    return { ...handles.resolve(address.functionHandle), mustBePublic: false };
  }
  if (address.name !== undefined) {
    const udfPath = normalizeName(address.name);
    return { component, udfPath, mustBePublic: false };
  }
  if (address.reference?.startsWith(CHILD_PREFIX)) {
    const [child, ...path] = address.reference.slice(CHILD_PREFIX.length).split("/");
    const name = path.pop();
    return {
      component: component === "" ? child! : `${component}/${child}`,
      udfPath: `${path.join("/")}:${name}`,
      mustBePublic: true,
    };
  }
  throw userFailure(`Not a function's address: ${JSON.stringify(address)}.`);
}

/** `dir/mod.js:fn`, `dir/mod:fn` and `dir/mod` (its default export) are all names. */
export function normalizeName(name: string): string {
  const [module = "", fn = "default"] = name.split(":");
  return `${module.replace(/\.js$/, "")}:${fn}`;
}

/**
 * Handles of functions: opaque, the same for a function as long as it exists, usable
 * wherever an address is. They outlive deploys: that of a function that is gone is not found,
 * and is what it was when the function is back.
 */
export class Handles {
  readonly #paths = new Map<string, FunctionPath>();
  readonly #ids = new Map<string, string>();
  readonly #isDeployed: (path: FunctionPath) => boolean;

  constructor(isDeployed: (path: FunctionPath) => boolean) {
    this.#isDeployed = isDeployed;
  }

  /** The handle of a function; that of the same function is always the same. */
  create(path: FunctionPath): string {
    const key = `${path.component};${path.udfPath}`;
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = `h${this.#ids.size + 1}`;
      this.#ids.set(key, id);
      this.#paths.set(id, { component: path.component, udfPath: path.udfPath });
    }
    return `function://${id}#${path.udfPath}`;
  }

  resolve(handle: string): FunctionPath {
    const id = HANDLE.exec(handle)?.[1];
    const path = id === undefined ? undefined : this.#paths.get(id);
    if (path && this.#isDeployed(path)) return path;
    throw userFailure("Function handle not found");
  }
}
