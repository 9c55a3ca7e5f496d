/** The engine's garbage collector, to be run when nothing is measured. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Without a flag on the command line. */
export function exposeCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
