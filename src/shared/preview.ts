/**
 * Previews: what the journal and error messages show of a value, for humans only.
 *
 * Total over all JavaScript values, as it also shows what cannot be stored, and bounded in
 * work and memory: text beyond the limit is counted and never kept, and counting ends too.
 */
import { bytesToHex } from "@noble/hashes/utils.js";

import {
  PREVIEW_BUFFER_BYTES_MAX,
  PREVIEW_CHUNK_CHARACTERS,
  PREVIEW_COUNT_BYTES_MAX,
  PREVIEW_NESTING_MAX,
} from "./constants.js";
import { computePrefix, computeUtf8Bytes, computeWellFormed } from "./text.js";

/**
 * Computes a preview of at most `bytesMax` bytes, which says how many bytes were cut.
 *
 * Looks like JSON, with `12n` for bigints, `<bytes 3: 0a0b0c>` for buffers, and other names
 * in angle brackets for what JSON has no words for.
 */
export function computePreview(value: unknown, bytesMax: number): string {
  const writer = new PreviewWriter(bytesMax);
  writeValue(writer, value, []);
  return writer.finish();
}

class PreviewWriter {
  #kept = "";
  #bytes = 0;

  constructor(readonly bytesMax: number) {}

  get isFull(): boolean {
    return this.#bytes >= PREVIEW_COUNT_BYTES_MAX;
  }

  write(text: string): void {
    const wellFormed = computeWellFormed(text);
    // All text up to the limit is kept: where to cut is known only when the end is.
    if (this.#bytes <= this.bytesMax) {
      this.#kept += computePrefix(wellFormed, this.bytesMax - this.#bytes);
    }
    this.#bytes += computeUtf8Bytes(wellFormed);
  }

  finish(): string {
    if (this.#bytes <= this.bytesMax) return this.#kept;
    const room = this.bytesMax - computeUtf8Bytes(this.#notice(this.#bytes));
    if (room < 0) return computePrefix(this.#kept, this.bytesMax);
    const shown = computePrefix(this.#kept, room);
    return shown + this.#notice(this.#bytes - computeUtf8Bytes(shown));
  }

  #notice(bytesCut: number): string {
    return `…(+${bytesCut}${this.isFull ? " or more" : ""} bytes)`;
  }
}

/** `ancestors` are the containers on the way here: their number is the nesting. */
function writeValue(
  writer: PreviewWriter,
  value: unknown,
  ancestors: readonly object[],
): void {
  if (writer.isFull) return;
  if (typeof value === "string") return writeString(writer, value);
  if (typeof value === "bigint") return writer.write(`${value}n`);
  if (typeof value === "symbol") return writer.write(`<${String(value)}>`);
  if (typeof value === "function") return writer.write("<function>");
  if (typeof value !== "object" || value === null) {
    return writer.write(Object.is(value, -0) ? "-0" : String(value));
  }
  try {
    writeObject(writer, value, ancestors);
  } catch {
    // A getter or a proxy's trap threw; what it threw is not part of the value.
    writer.write("<unreadable>");
  }
}

function writeObject(
  writer: PreviewWriter,
  value: object,
  ancestors: readonly object[],
): void {
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value))
    return writeBytes(writer, value);
  if (value instanceof Date) return writer.write(`<Date ${String(value.getTime())}>`);
  if (ancestors.includes(value)) return writer.write("<cycle>");
  const isArray = Array.isArray(value);
  if (ancestors.length >= PREVIEW_NESTING_MAX)
    return writer.write(isArray ? "[…]" : "{…}");
  const inner = [...ancestors, value];
  if (isArray) writeArray(writer, value, inner);
  else writeFields(writer, value as Record<string, unknown>, inner);
}

function writeArray(
  writer: PreviewWriter,
  array: unknown[],
  ancestors: readonly object[],
): void {
  writer.write("[");
  for (let index = 0; index < array.length && !writer.isFull; index += 1) {
    if (index > 0) writer.write(",");
    writeValue(writer, array[index], ancestors);
  }
  writer.write("]");
}

function writeFields(
  writer: PreviewWriter,
  fields: Record<string, unknown>,
  ancestors: readonly object[],
): void {
  writer.write(`${computeClassPrefix(fields)}{`);
  let isFirst = true;
  for (const name of Object.keys(fields)) {
    if (writer.isFull) break;
    if (!isFirst) writer.write(",");
    isFirst = false;
    writeString(writer, name);
    writer.write(":");
    writeField(writer, fields, name, ancestors);
  }
  writer.write("}");
}

/** Apart, so that one field which cannot be read does not hide the others. */
function writeField(
  writer: PreviewWriter,
  fields: Record<string, unknown>,
  name: string,
  ancestors: readonly object[],
): void {
  let value: unknown;
  try {
    value = fields[name];
  } catch {
    return writer.write("<unreadable>");
  }
  writeValue(writer, value, ancestors);
}

function computeClassPrefix(value: object): string {
  const name: unknown = (Object.getPrototypeOf(value) as object | null)?.constructor
    ?.name;
  return typeof name === "string" && name !== "" && name !== "Object" ? `${name} ` : "";
}

/** In pieces: quoting a string of megabytes as a whole would copy it to show its beginning. */
function writeString(writer: PreviewWriter, text: string): void {
  writer.write('"');
  let start = 0;
  while (start < text.length && !writer.isFull) {
    let end = start + PREVIEW_CHUNK_CHARACTERS;
    const lastUnit = text.charCodeAt(end - 1);
    if (lastUnit >= 0xd800 && lastUnit <= 0xdbff) end += 1;
    writer.write(JSON.stringify(computeWellFormed(text.slice(start, end))).slice(1, -1));
    start = end;
  }
  writer.write('"');
}

function writeBytes(writer: PreviewWriter, value: ArrayBuffer | ArrayBufferView): void {
  const all = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
  const shown = bytesToHex(all.slice(0, PREVIEW_BUFFER_BYTES_MAX));
  const mark = all.length > PREVIEW_BUFFER_BYTES_MAX ? "…" : "";
  writer.write(`<bytes ${all.length}: ${shown}${mark}>`);
}
