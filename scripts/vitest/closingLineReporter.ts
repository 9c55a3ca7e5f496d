/**
 * Vitest's default report, and after it a last line that a machine reads:
 * `N passed, N failed`, with `, N skipped` when there are any.
 *
 * Owns: that line. A file that fails to load, an error outside of any test and a run that
 * ended early count as one failed test each, so that "0 failed" means that the run passed.
 */
import type { SerializedError, TestModule, TestRunEndReason } from "vitest/node";
import { DefaultReporter } from "vitest/node";

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Renders the closing line. */
export function renderClosingLine({ passed, failed, skipped }: Counts): string {
  const line = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? line : `${line}, ${skipped} skipped`;
}

function computeCounts(modules: readonly TestModule[], errorCount: number): Counts {
  const counts: Counts = { passed: 0, failed: errorCount, skipped: 0 };
  for (const module of modules) {
    let failedInModule = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") counts.passed += 1;
      else if (state === "failed") failedInModule += 1;
      else counts.skipped += 1;
    }
    if (failedInModule === 0 && !module.ok()) {
      failedInModule = 1;
    }
    counts.failed += failedInModule;
  }
  return counts;
}

export default class ClosingLineReporter extends DefaultReporter {
  override onTestRunEnd(
    modules: readonly TestModule[],
    errors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    super.onTestRunEnd(modules, errors, reason);
    const counts = computeCounts(modules, errors.length);
    if (counts.failed === 0 && (reason !== "passed" || modules.length === 0)) {
      counts.failed = 1;
    }
    console.log(renderClosingLine(counts));
  }
}
