/** The platform's id format. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  decodeTableNumber,
  platformIds,
  type IdNamespace,
  type TableRef,
} from "./ids.js";

const uint32 = fc.nat({ max: 0xffff_ffff });

function generate(number: number, words: readonly number[]): string {
  let next = 0;
  return platformIds.generate({ component: "", name: "t", number }, () => words[next++]!);
}

const words = fc.array(uint32, { minLength: 4, maxLength: 4 });

describe("platformIds", () => {
  test("an id tells its table's number", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xffff_ffff }), words, (number, drawn) => {
        expect(decodeTableNumber(generate(number, drawn))).toBe(number);
      }),
    );
  });

  test("ids of user tables have 32 characters", () => {
    expect(generate(10_001, [1, 2, 3, 4])).toMatch(/^[0-9a-hjkmnp-tv-z]{32}$/);
  });

  test("the bytes are the table number, the random part and the checksum", () => {
    // The sum of the bytes is 1; the sum of its 17 partial sums is 0x11, and comes last.
    expect(generate(1, [0, 0, 0, 0])).toBe(base32Of([1, ...zeros(16), 0x01, 0x11]));
  });

  test("a changed character is refused", () => {
    fc.assert(
      fc.property(words, fc.nat({ max: 31 }), (drawn, index) => {
        const id = generate(10_001, drawn);
        const other = id[index] === "0" ? "1" : "0";
        const changed = id.slice(0, index) + other + id.slice(index + 1);

        expect(decodeTableNumber(changed)).not.toBe(10_001);
      }),
    );
  });

  test("what is no id has no table", () => {
    const namespace = namespaceOf([]);

    for (const text of ["", "t", "0".repeat(31), "i".repeat(32), "x".repeat(1000)]) {
      expect(platformIds.tableOf(namespace, text)).toBe(null);
    }
  });

  test("tableOf names the table in the namespace, or null where there is none", () => {
    const table = { component: "", name: "messages", number: 10_001 };
    const id = platformIds.generate(table, () => 7);

    expect(platformIds.tableOf(namespaceOf([table]), id)).toBe("messages");
    expect(platformIds.tableOf(namespaceOf([]), id)).toBe(null);
  });
});

function namespaceOf(tables: TableRef[]): IdNamespace {
  return {
    path: "",
    findTable: (name) => tables.find((table) => table.name === name) ?? null,
    findTableByNumber: (number) =>
      tables.find((table) => table.number === number) ?? null,
  };
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}

/** By the definition: the bits in a row, five at a time. */
function base32Of(bytes: readonly number[]): string {
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g)!.map((group) => group.padEnd(5, "0"));
  const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  return groups.map((group) => alphabet[Number.parseInt(group, 2)]).join("");
}
