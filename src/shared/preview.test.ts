import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { MiB, PREVIEW_CHUNK_CHARACTERS, PREVIEW_COUNT_BYTES_MAX } from "./constants.js";
import { computePreview } from "./preview.js";
import { computeUtf8Bytes, isWellFormed } from "./text.js";

describe("computePreview", () => {
  test.each<[unknown, string]>([
    [{ b: 1, a: [true, null, 'x\n"y"'] }, '{"b":1,"a":[true,null,"x\\n\\"y\\""]}'],
    [12n, "12n"],
    [[Number.NaN, Infinity, -0, 0], "[NaN,Infinity,-0,0]"],
    [new Uint8Array([10, 11]).buffer, "<bytes 2: 0a0b>"],
    [new Uint8Array(100).fill(255), "<bytes 100: ffffffffffffffff…>"],
    [undefined, "undefined"],
    [
      { a: undefined, b: () => 1, c: Symbol("s") },
      '{"a":undefined,"b":<function>,"c":<Symbol(s)>}',
    ],
    [new Date(5), "<Date 5>"],
    [
      new (class Order {
        id = 1;
      })(),
      'Order {"id":1}',
    ],
    ["half \ud83d", '"half \ufffd"'],
  ])("%o reads %s", (value, text) => {
    expect(computePreview(value, 1_000)).toBe(text);
  });

  test("says how many bytes were cut", () => {
    expect(computePreview("abcdefghijklmnopqrstuvwxyz0123456789", 26)).toBe(
      '"abcdefghijk…(+26 bytes)',
    );
    expect(computePreview("abcdefghijklmnopqrstuvwxyz0123456789", 38)).toBe(
      '"abcdefghijklmnopqrstuvwxyz0123456789"',
    );
    expect(computePreview("abcdefghijklmnopqrstuvwxyz", 4)).toBe('"abc');
  });

  test("a pair across the pieces in which a long string is quoted stays whole", () => {
    const text = `${"x".repeat(PREVIEW_CHUNK_CHARACTERS - 1)}😀y`;

    expect(computePreview(text, 1 * MiB)).toBe(JSON.stringify(text));
  });

  test("a cycle, a depth without end and a field that throws are shown as such", () => {
    const cycle: Record<string, unknown> = { a: 1 };
    cycle.self = cycle;
    const deep: { next?: unknown } = {};
    let tail = deep;
    for (let level = 0; level < 50; level += 1) tail = tail.next = {};
    const hostile = {
      a: 1,
      get b() {
        throw new Error("no");
      },
      c: 2,
    };

    expect(computePreview(cycle, 100)).toBe('{"a":1,"self":<cycle>}');
    expect(computePreview(deep, 1_000)).toMatch(/\{…\}\}+$/);
    expect(computePreview(hostile, 100)).toBe('{"a":1,"b":<unreadable>,"c":2}');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(computePreview([proxy], 100)).toBe("[<unreadable>]");
  });

  test("stays within its bytes and well formed, whatever the value", () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
          withSparseArray: true,
          withBoxedValues: true,
        }),
        fc.nat(80),
        (value, bytesMax) => {
          const preview = computePreview(value, bytesMax);

          expect(computeUtf8Bytes(preview)).toBeLessThanOrEqual(bytesMax);
          expect(isWellFormed(preview)).toBe(true);
        },
      ),
    );
  });

  test("what it says was cut is what is missing", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 24, max: 60 }), (value, bytesMax) => {
        const whole = computePreview(value, 1 * MiB);
        const [shown, cut] = computePreview(value, bytesMax).split(/…\(\+(\d+) bytes\)$/);

        expect(whole.startsWith(shown!)).toBe(true);
        expect(computeUtf8Bytes(shown!) + Number(cut ?? 0)).toBe(computeUtf8Bytes(whole));
      }),
    );
  });

  test("a huge string, and arrays that share themselves, are not walked to their end", () => {
    let shared: unknown[] = ["leaf"];
    for (let level = 0; level < 12; level += 1)
      shared = new Array<unknown>(8_000).fill(shared);

    const notice = /^.{1,80}…\(\+\d+ or more bytes\)$/;
    expect(computePreview("😀".repeat(PREVIEW_COUNT_BYTES_MAX), 100)).toMatch(notice);
    expect(computePreview(shared, 100)).toMatch(notice);
    expect(computePreview(new Array(2 ** 32 - 1), 100)).toMatch(notice);
  });
});
