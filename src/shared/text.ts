/**
 * Measures and cuts text by its UTF-8 size.
 *
 * Everything that ends in a document must be well formed: the backend parses JSON with a
 * parser that refuses half a surrogate pair, and with it the whole call that carries one.
 */

const LONE_SURROGATES = /\p{Surrogate}/gu;
const REPLACEMENT_CHARACTER = "\uFFFD";

/** Tells whether `text` has no half of a surrogate pair. */
export function isWellFormed(text: string): boolean {
  return text.search(LONE_SURROGATES) === -1;
}

/** Replaces each half of a surrogate pair, as `String.prototype.toWellFormed` does. */
export function computeWellFormed(text: string): string {
  return text.replace(LONE_SURROGATES, REPLACEMENT_CHARACTER);
}

/** Computes the UTF-8 size of `text` without encoding it. */
export function computeUtf8Bytes(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const point = text.codePointAt(index)!;
    bytes += computeCodePointBytes(point);
    if (point > 0xffff) index += 1;
  }
  return bytes;
}

/** Computes the longest prefix of `text` of at most `bytesMax` bytes; never splits a character. */
export function computePrefix(text: string, bytesMax: number): string {
  let bytes = 0;
  let end = 0;
  while (end < text.length) {
    const point = text.codePointAt(end)!;
    bytes += computeCodePointBytes(point);
    if (bytes > bytesMax) break;
    end += point > 0xffff ? 2 : 1;
  }
  return text.slice(0, end);
}

/** Computes `text` cut to `bytesMax` bytes with a mark where it was cut, well formed. */
export function computeBoundedText(text: string, bytesMax: number): string {
  // No prefix of that many bytes needs more UTF-16 units, so a huge text is cut before it
  // is scanned.
  const head = text.length > bytesMax ? text.slice(0, bytesMax + 1) : text;
  const prefix = computePrefix(computeWellFormed(head), bytesMax);
  if (prefix.length === text.length) return prefix;
  return `${computePrefix(prefix, bytesMax - computeUtf8Bytes("…"))}…`;
}

function computeCodePointBytes(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point > 0xffff ? 4 : 3;
}
