import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  computeBoundedText,
  computePrefix,
  computeUtf8Bytes,
  computeWellFormed,
  isWellFormed,
} from "./text.js";

const encoder = new TextEncoder();
/** Any UTF-16 units, halves of pairs included. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    fc.constantFrom("\ud83d", "\ude00", "é", "…"),
  ),
});

describe("text", () => {
  test("sizes equal the encoder's", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const wellFormed = computeWellFormed(text);

        expect(isWellFormed(wellFormed)).toBe(true);
        expect(encoder.encode(text)).toEqual(encoder.encode(wellFormed));
        expect(computeUtf8Bytes(text)).toBe(encoder.encode(text).length);
      }),
    );
  });

  test("a prefix is the longest that fits and splits no character", () => {
    fc.assert(
      fc.property(anyText.map(computeWellFormed), fc.nat(40), (text, bytesMax) => {
        const prefix = computePrefix(text, bytesMax);

        expect(text.startsWith(prefix)).toBe(true);
        expect(isWellFormed(prefix)).toBe(true);
        expect(computeUtf8Bytes(prefix)).toBeLessThanOrEqual(bytesMax);
        const next = String.fromCodePoint(text.slice(prefix.length).codePointAt(0) ?? 0);
        if (prefix !== text)
          expect(computeUtf8Bytes(prefix + next)).toBeGreaterThan(bytesMax);
      }),
    );
  });

  test("a bounded text is whole if it fits, else marked and within its bound", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 3, max: 40 }), (text, bytesMax) => {
        const bounded = computeBoundedText(text, bytesMax);

        expect(isWellFormed(bounded)).toBe(true);
        expect(computeUtf8Bytes(bounded)).toBeLessThanOrEqual(bytesMax);
        if (computeUtf8Bytes(text) <= bytesMax)
          expect(bounded).toBe(computeWellFormed(text));
        else expect(bounded.endsWith("…")).toBe(true);
      }),
    );
  });

  test("a pair across the place of the first cut stays whole or goes whole", () => {
    expect(computeBoundedText("abc😀😀", 7)).toBe("abc…");
    expect(computeBoundedText("abc\ud83d", 7)).toBe("abc\ufffd");
  });
});
