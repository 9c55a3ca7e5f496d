import fc from "fast-check";
import { expect, test } from "vitest";
import type { StoredDocument } from "../values/document.js";
import type { IndexLayout } from "../values/indexLayout.js";
import { IntervalSet } from "./intervalSet.js";
import { WrittenRows } from "./writtenRows.js";

const LAYOUT = {} as IndexLayout;
const KEYS = "abcdefghijklmnopqrst".split("");

const key = fc.constantFrom(...KEYS);
const versions = fc
  .tuple(fc.option(key), fc.option(key))
  .filter(([before, after]) => before !== null || after !== null);
const intervals = fc.array(fc.tuple(key, key), { maxLength: 4 });

function version(ofKey: string | null): StoredDocument | null {
  return ofKey === null ? null : ({ key: () => ofKey } as unknown as StoredDocument);
}

/** Rows with ids "0", "1" and so on; every third place of the commit is in another table. */
function write(all: readonly (readonly [string | null, string | null])[]): WrittenRows {
  const written = new WrittenRows();
  for (const [index, [before, after]] of all.entries()) {
    const [old, fresh] = [version(before), version(after)];
    written.add({ place: index * 3, id: `${index}`, before: old, after: fresh });
  }
  return written;
}

test("the first row in some intervals is the one that comparing each with each finds", () => {
  fc.assert(
    fc.property(fc.array(versions, { maxLength: 40 }), intervals, (rows, read) => {
      const set = new IntervalSet();
      for (const [start, end] of read) set.add(start, end);

      const index = rows.findIndex((row) =>
        row.some((one) => one !== null && set.contains(one)),
      );

      const found = write(rows).findKey(LAYOUT, 0, set);
      expect(found).toBe(index < 0 ? Infinity : index * 3);
    }),
  );
});

test("the first row with some ids is found, however many rows and ids there are", () => {
  const ids = fc.uniqueArray(fc.nat(60), { maxLength: 40 });
  fc.assert(
    fc.property(fc.array(versions, { maxLength: 40 }), ids, (rows, read) => {
      const index = rows.findIndex((_, place) => read.includes(place));

      const found = write(rows).findId(new Set(read.map(String)));
      expect(found).toBe(index < 0 ? Infinity : index * 3);
    }),
  );
});
