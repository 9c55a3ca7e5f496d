/**
 * Index keys: a list of values as one string, whose `<` is the order of the values.
 *
 * Owns the encoding; nobody else looks into a key. Invariants:
 * K1. Keys of lists of the same length order as the lists do by compareValues, field by field.
 * K2. The key of a prefix of a list is a prefix of the list's key, and no other key starts
 *     with it, so {@link prefixRange} holds exactly the lists with that prefix.
 * K3. A key has only characters up to 0xff and is one flat string: the engine then keeps it
 *     at a byte a character and compares it without first gathering its pieces.
 */
import { Buffer } from "node:buffer";

import type { Value } from "convex/values";

import { isBytes, isPlaceholder } from "./placeholder.js";

/** Keys from `start` up to but not including `end`. */
export interface KeyRange {
  readonly start: string;
  /** Exclusive. */
  readonly end: string;
}

/** Beyond all keys; before all is the empty string. */
export const KEY_MAX = "\xff";

export const EVERYTHING: KeyRange = { start: "", end: KEY_MAX };

/** First byte of each value. The end of a list or string comes before any. */
const END = 0;
const UNDEFINED = 1;
const NULL = 2;
const INT64 = 3;
const FLOAT64 = 4;
const BOOLEAN = 5;
const STRING = 6;
const BYTES = 7;
const ARRAY = 8;
const OBJECT = 9;
/** Follows a zero byte that is content, and is above all first bytes of what may come next. */
const ESCAPE = 0xff;

const INT64_MAX = 0x7fff_ffff_ffff_ffffn;
const NUMBER_BYTES = 8;
/** The most bytes one UTF-16 unit or one byte of content becomes. */
const EXPANSION = 3;

const scratchNumber = new DataView(new ArrayBuffer(NUMBER_BYTES));
/** Methods every Node has and its types leave out; the documented ones cost three times that. */
interface Latin1Buffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number): number;
}

let scratch = Buffer.alloc(0x1000) as Latin1Buffer;
let used = 0;

export function encodeKey(values: readonly (Value | undefined)[]): string {
  used = 0;
  for (const value of values) {
    write(value);
  }
  return taken();
}

/** The key of a list that is one string: what `by_id` is looked up by. */
export function encodeStringKey(text: string): string {
  used = 0;
  writeString(STRING, text);
  return taken();
}

/** The key that follows immediately: nothing lies between. */
export function keyAfter(key: string): string {
  used = 0;
  reserve(key.length + 1);
  scratch.latin1Write(key, 0);
  used = key.length;
  scratch[used++] = 0;
  return taken();
}

/** Exactly this key. */
export function pointRange(key: string): KeyRange {
  return { start: key, end: keyAfter(key) };
}

/** All keys whose list starts with the values of this key (K2). */
export function prefixRange(prefix: string): KeyRange {
  used = 0;
  reserve(prefix.length + 1);
  scratch.latin1Write(prefix, 0);
  used = prefix.length;
  scratch[used++] = ESCAPE;
  return { start: prefix, end: taken() };
}

function taken(): string {
  return scratch.latin1Slice(0, used);
}

function reserve(bytes: number): void {
  if (used + bytes > scratch.length) {
    const larger = Buffer.alloc(
      Math.max(scratch.length * 2, used + bytes),
    ) as Latin1Buffer;
    scratch.copy(larger, 0, 0, used);
    scratch = larger;
  }
}

function write(value: Value | undefined): void {
  switch (typeof value) {
    case "string":
      return writeString(STRING, value);
    case "number":
      return writeNumber(value);
    case "bigint":
      return writeInt64(value);
    case "boolean":
      reserve(2);
      scratch[used++] = BOOLEAN;
      scratch[used++] = value ? 1 : 0;
      return;
    case "undefined":
      return writeByte(UNDEFINED);
    default:
      return value === null ? writeByte(NULL) : writeObject(value);
  }
}

function writeByte(byte: number): void {
  reserve(1);
  scratch[used++] = byte;
}

/** The bits of a float order as an integer once negative ones are inverted. */
function writeNumber(value: number): void {
  reserve(NUMBER_BYTES + 1);
  // One NaN: an engine may give several, and a document's key must not depend on which.
  scratchNumber.setFloat64(0, value === value ? value : Number.NaN);
  const high = scratchNumber.getInt32(0);
  const low = scratchNumber.getInt32(NUMBER_BYTES / 2);
  scratch[used++] = FLOAT64;
  const isNegative = high < 0;
  writeInt32(isNegative ? ~high : high ^ 0x8000_0000);
  writeInt32(isNegative ? ~low : low);
}

function writeInt64(value: bigint): void {
  reserve(NUMBER_BYTES + 1);
  scratchNumber.setBigInt64(0, value);
  scratch[used++] = INT64;
  writeInt32(scratchNumber.getInt32(0) ^ 0x8000_0000);
  writeInt32(scratchNumber.getInt32(NUMBER_BYTES / 2));
}

/** The caller has reserved the room. */
function writeInt32(value: number): void {
  scratch[used++] = value >>> 24;
  scratch[used++] = value >>> 16;
  scratch[used++] = value >>> 8;
  scratch[used++] = value;
}

/** As UTF-8, whose bytes order as code points do; UTF-16 units do not. */
function writeString(tag: number, text: string): void {
  reserve(text.length * EXPANSION + 2);
  scratch[used++] = tag;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80 && unit !== 0) {
      scratch[used++] = unit;
    } else {
      const point = text.codePointAt(index)!;
      writeCodePoint(point);
      index += point > 0xffff ? 1 : 0;
    }
  }
  scratch[used++] = END;
}

function writeCodePoint(point: number): void {
  if (point === 0) {
    scratch[used++] = 0;
    scratch[used++] = ESCAPE;
  } else if (point < 0x800) {
    scratch[used++] = 0xc0 | (point >> 6);
    scratch[used++] = 0x80 | (point & 0x3f);
  } else if (point < 0x1_0000) {
    scratch[used++] = 0xe0 | (point >> 12);
    scratch[used++] = 0x80 | ((point >> 6) & 0x3f);
    scratch[used++] = 0x80 | (point & 0x3f);
  } else {
    scratch[used++] = 0xf0 | (point >> 18);
    scratch[used++] = 0x80 | ((point >> 12) & 0x3f);
    scratch[used++] = 0x80 | ((point >> 6) & 0x3f);
    scratch[used++] = 0x80 | (point & 0x3f);
  }
}

function writeObject(value: object): void {
  if (Array.isArray(value)) {
    writeByte(ARRAY);
    (value as Value[]).forEach(write);
    writeByte(END);
  } else if (isBytes(value)) {
    writeBytes(new Uint8Array(value));
  } else if (isPlaceholder(value)) {
    writeInt64(INT64_MAX);
  } else {
    writeByte(OBJECT);
    for (const name of Object.keys(value).sort()) {
      writeString(STRING, name);
      write((value as Record<string, Value>)[name]);
    }
    writeByte(END);
  }
}

function writeBytes(bytes: Uint8Array): void {
  reserve(bytes.length * 2 + 2);
  scratch[used++] = BYTES;
  for (const byte of bytes) {
    scratch[used++] = byte;
    if (byte === 0) {
      scratch[used++] = ESCAPE;
    }
  }
  scratch[used++] = END;
}
