/**
 * Registers the whole conformance suite as vitest tests for one target.
 *
 * Owns: which cases concern a target. A case that needs what the target lacks is not
 * registered; the reasons are asserted to be there, and unknown exceptions fail.
 */
import { describe, expect, test } from "vitest";

import { subjects } from "./cases/index.js";
import { exceptions } from "./exceptions.js";
import { judge, listUnmetNeeds } from "./judge.js";
import type { Target } from "./target.js";

/** Tests the target by every case that concerns it. */
export function testConformance(target: Target): void {
  describe(`conformance of ${target.name}`, () => {
    for (const subject of subjects) {
      const cases = subject.cases.filter(
        (one) => listUnmetNeeds(target, one).length === 0,
      );
      describe(subject.name, () => {
        test("the target's gaps have reasons", () => {
          const gaps = subject.cases.flatMap((one) => listUnmetNeeds(target, one));

          expect(gaps.filter((need) => !target.lacks[need])).toEqual([]);
        });

        for (const one of cases) {
          test(`${one.id}: ${one.rule}`, async () => {
            await judge(target, one, exceptions);
          });
        }
      });
    }

    test("every exception names a case that concerns the target", () => {
      const ids = new Set(
        subjects
          .flatMap((subject) => subject.cases)
          .filter((one) => listUnmetNeeds(target, one).length === 0)
          .map((one) => one.id),
      );
      const named = Object.keys(exceptions).filter((id) => exceptions[id]?.[target.name]);

      expect(named.filter((id) => !ids.has(id))).toEqual([]);
    });
  });
}
