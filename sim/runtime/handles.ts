/**
 * Handles of functions.
 *
 * Owns what a handle looks like and which function it stands for. Sources: PLATFORM.md
 * section 4; crates/model/src/components/handles.rs.
 */
import { userFailure, type FunctionFailure } from "./failure.js";
import type { FunctionPath } from "./functionPath.js";

const HANDLE = /^function:\/\/([^#]*)(#.*)?$/;

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
    throw missingHandle();
  }
}

/** `function_handle_not_found` in crates/model/src/components/handles.rs. */
export function missingHandle(): FunctionFailure {
  return userFailure("Function handle not found");
}
