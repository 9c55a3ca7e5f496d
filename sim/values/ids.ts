/**
 * Document ids: making them, and which table one belongs to.
 *
 * A profile chooses the format. The store only needs ids of one table to be unique, and
 * never takes one apart.
 */
import {
  DECODED_IDS_MAX,
  ID_ALPHABET,
  ID_FOOTER_BYTES,
  INTERNAL_ID_BYTES,
  TABLE_NUMBER_BYTES_MAX,
} from "../constants/ids.js";
import { ceil, floor } from "../math.js";

/** A table as an id format sees it. */
export interface TableRef {
  /** Path of the component, "" for the app. */
  readonly component: string;
  readonly name: string;
  /** Unique in its namespace. */
  readonly number: number;
}

/** A namespace as an id format sees it. */
export interface IdNamespace {
  readonly path: string;
  /** Null when there is no such table. */
  findTable(name: string): TableRef | null;
  findTableByNumber(number: number): TableRef | null;
}

export interface IdFormat {
  /** @param uint32 - draws a whole number below 2^32 from the seed */
  generate(table: TableRef, uint32: () => number): string;
  /** Name of the table the id belongs to in that namespace, or null. */
  tableOf(namespace: IdNamespace, id: string): string | null;
}

/** As the platform's: opaque, in random order, with the table's number and a checksum. */
export const platformIds: IdFormat = {
  generate(table, uint32) {
    const bytes: number[] = [];
    writeTableNumber(table.number, bytes);
    for (let index = 0; index < INTERNAL_ID_BYTES; index += 4) {
      const word = uint32();
      bytes.push(word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24);
    }
    const footer = checksum(bytes, bytes.length);
    bytes.push(footer & 0xff, footer >>> 8);
    return toBase32(bytes);
  },

  tableOf(namespace, id) {
    const number = decodeTableNumber(id);
    return number === null ? null : (namespace.findTableByNumber(number)?.name ?? null);
  },
};

/** Those decoded lately: a transaction names the same document again and again. */
const decoded = new Map<string, number | null>();

/** Null for a string that is no id in its canonical form. */
export function decodeTableNumber(id: string): number | null {
  const known = decoded.get(id);
  if (known !== undefined) {
    return known;
  }
  const fixedBytes = INTERNAL_ID_BYTES + ID_FOOTER_BYTES;
  if (
    id.length < base32Length(fixedBytes + 1) ||
    id.length > base32Length(fixedBytes + TABLE_NUMBER_BYTES_MAX)
  ) {
    return null;
  }
  const number = decode(id);
  if (decoded.size >= DECODED_IDS_MAX) {
    decoded.clear();
  }
  decoded.set(id, number);
  return number;
}

function decode(id: string): number | null {
  const bytes = fromBase32(id);
  if (bytes === null) {
    return null;
  }
  const body = bytes.length - ID_FOOTER_BYTES;
  const number = readTableNumber(bytes, body - INTERNAL_ID_BYTES);
  if (
    number === null ||
    checksum(bytes, body) !== bytes[body]! + bytes[body + 1]! * 0x100
  ) {
    return null;
  }
  // Unused bits at the end would let two strings mean one id.
  return toBase32(bytes) === id ? number : null;
}

/** Seven bits a byte, the lowest first; the top bit says that more follow. */
function writeTableNumber(number: number, bytes: number[]): void {
  let rest = number;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = floor(rest / 0x80);
  }
  bytes.push(rest);
}

/** Null unless the number takes exactly that many bytes. */
function readTableNumber(bytes: readonly number[], length: number): number | null {
  let number = 0;
  for (let index = 0; index < length; index++) {
    const byte = bytes[index]!;
    const isLast = byte < 0x80;
    if (isLast !== (index === length - 1)) {
      return null;
    }
    number += (byte & 0x7f) * 0x80 ** index;
  }
  return number === 0 || number > 0xffff_ffff ? null : number;
}

/** Fletcher's, in 16 bits and modulo 256. */
function checksum(bytes: readonly number[], length: number): number {
  let sum = 0;
  let sumOfSums = 0;
  for (let index = 0; index < length; index++) {
    sum = (sum + bytes[index]!) & 0xff;
    sumOfSums = (sumOfSums + sum) & 0xff;
  }
  return (sumOfSums << 8) | sum;
}

const BITS_PER_DIGIT = 5;
const BITS_PER_BYTE = 8;
const DIGIT_CODES = Array.from(ID_ALPHABET, (digit) => digit.charCodeAt(0));
const DIGIT_VALUES = new Map(DIGIT_CODES.map((code, value) => [code, value]));

function base32Length(bytes: number): number {
  return ceil((bytes * BITS_PER_BYTE) / BITS_PER_DIGIT);
}

function toBase32(bytes: readonly number[]): string {
  const codes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << BITS_PER_BYTE) | byte;
    bits += BITS_PER_BYTE;
    while (bits >= BITS_PER_DIGIT) {
      bits -= BITS_PER_DIGIT;
      codes.push(DIGIT_CODES[(held >>> bits) & 0x1f]!);
    }
    held &= (1 << bits) - 1;
  }
  if (bits > 0) {
    codes.push(DIGIT_CODES[(held << (BITS_PER_DIGIT - bits)) & 0x1f]!);
  }
  // At once, so that it is one flat string (invariant K3 of keys.ts wants such).
  return String.fromCharCode(...codes);
}

/** Null when a character is no digit. */
function fromBase32(text: string): number[] | null {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (let index = 0; index < text.length; index++) {
    const digit = DIGIT_VALUES.get(text.charCodeAt(index));
    if (digit === undefined) {
      return null;
    }
    held = (held << BITS_PER_DIGIT) | digit;
    bits += BITS_PER_DIGIT;
    if (bits >= BITS_PER_BYTE) {
      bits -= BITS_PER_BYTE;
      bytes.push(held >>> bits);
      held &= (1 << bits) - 1;
    }
  }
  return bytes;
}
