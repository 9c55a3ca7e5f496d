/** The live run as a program: exit code 0 when every case that concerns it passed. */
import { readLiveOptions } from "./options.js";
import { runLive } from "./run.js";
import { checkReady, createLiveTarget } from "./target.js";

/** Prints to the given sink; the result is the exit code. */
export async function main(
  args: readonly string[],
  tell: (line: string) => void,
): Promise<number> {
  try {
    const options = readLiveOptions(args);
    await checkReady(options);
    const { only } = options;
    const result = await runLive(createLiveTarget(options), { only, tell });
    const { passed, failed, inapplicable } = result;
    tell(
      `${passed.length} passed, ${failed.length} failed, ${inapplicable.length} not applicable`,
    );
    return failed.length === 0 && passed.length > 0 ? 0 : 1;
  } catch (error) {
    tell((error as Error).message);
    return 1;
  }
}
