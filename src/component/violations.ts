/**
 * What the audit reports.
 *
 * Owns the shape of a violation and its collecting.
 */
import { v, type Infer } from "convex/values";

/** One broken invariant. */
export const vViolation = v.object({
  invariant: v.string(),
  message: v.string(),
  row: v.string(),
});
export type Violation = Infer<typeof vViolation>;

/** Adds a violation, and holds those added. */
export type Reporter = ((invariant: string, message: string) => void) & {
  violations: Violation[];
};

/** Collects the violations of one row. */
export function reporter(row: string): Reporter {
  const violations: Violation[] = [];
  const report = (invariant: string, message: string) => {
    violations.push({ invariant, message: `${row} ${message}`, row });
  };
  return Object.assign(report, { violations });
}
