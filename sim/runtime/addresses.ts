/**
 * From what a call names to the function that it means.
 *
 * Owns the three forms of an address: name, reference, handle. Whether there is such a
 * function, and who may call it, is `refusals.ts`. Sources: PLATFORM.md sections 4 and 6.
 */
import type { Code } from "./code.js";
import { normalizeName, type Target } from "./functionPath.js";
import { missingHandle, type Handles } from "./handles.js";
import { requireVisible } from "./refusals.js";
import { userFailure } from "./failure.js";

/** An address as `convex/server` sends it: exactly one of the three. */
export interface Address {
  readonly name?: string;
  readonly reference?: string;
  readonly functionHandle?: string;
}

const CHILD_PREFIX = "_reference/childComponent/";

/** What an address means to code of a component. */
export function resolveAddress(
  address: Address,
  component: string,
  handles: Handles,
): Target {
  if (address.functionHandle !== undefined) {
    return { ...handles.resolve(address.functionHandle), child: null };
  }
  if (address.name !== undefined) {
    const udfPath = normalizeName(address.name);
    return { component, udfPath, child: null };
  }
  if (address.reference?.startsWith(CHILD_PREFIX)) {
    const [child = "", ...path] = address.reference.slice(CHILD_PREFIX.length).split("/");
    const name = path.pop();
    return {
      component: component === "" ? child : `${component}/${child}`,
      udfPath: `${path.join("/")}:${name}`,
      child,
    };
  }
  throw userFailure(`Not a function's address: ${JSON.stringify(address)}.`);
}

/** The handle of what an address names to code of a component; that of a handle is itself. */
export function createHandle(
  handles: Handles,
  code: Code,
  address: Address,
  component: string,
): string {
  if (address.functionHandle !== undefined) return address.functionHandle;
  const target = resolveAddress(address, component, handles);
  requireVisible(code, target);
  if (!code.find(target)) throw missingHandle();
  return handles.create(target);
}
