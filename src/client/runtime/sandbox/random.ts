/**
 * Patches the sources of chance so that a handler draws from its world's generator.
 *
 * The numbers are repeatable, not secret: whoever knows the seed knows them all.
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";

import {
  RANDOM_LOW_BITS,
  RANDOM_VALUES_BYTES_MAX,
  UUID_BYTES,
} from "../../../shared/constants.js";
import { patchMethod } from "./realm.js";
import type { SandboxWorld } from "./world.js";

const INTEGER_VIEW = /^(?:Big)?(?:Ui|I)nt(?:8|16|32|64)(?:Clamped)?Array$/;
/** The groups of hexadecimal digits that hyphens set apart. */
const UUID_GROUPS = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** Patches `Math.random`, `crypto.randomUUID` and `crypto.getRandomValues`. */
export function patchRandom(): void {
  patchMethod(Math, "random", (world) => uniformFloat64(world.random));
  patchMethod(globalThis.crypto, "randomUUID", drawUuid);
  patchMethod(globalThis.crypto, "getRandomValues", (world, [view]) =>
    fillView(world, view),
  );
}

function drawBytes(world: SandboxWorld, bytes: Uint8Array): void {
  for (let index = 0; index < bytes.length; index += 1) {
    // The high byte: the low bits of this generator are the weak ones.
    bytes[index] = world.random.next() >>> RANDOM_LOW_BITS;
  }
}

/** A version 4 UUID, see RFC 9562 section 5.4. */
function drawUuid(world: SandboxWorld): string {
  const bytes = new Uint8Array(UUID_BYTES);
  drawBytes(world, bytes);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytesToHex(bytes).replace(UUID_GROUPS, "$1-$2-$3-$4-$5");
}

/** Refuses what Web Crypto refuses, so that a handler's test meets the same errors. */
function fillView(world: SandboxWorld, view: unknown): ArrayBufferView {
  if (
    !ArrayBuffer.isView(view) ||
    !INTEGER_VIEW.test(String(Reflect.get(view, Symbol.toStringTag)))
  ) {
    throw new DOMException(
      "crypto.getRandomValues needs a typed array of integers",
      "TypeMismatchError",
    );
  }
  if (view.byteLength > RANDOM_VALUES_BYTES_MAX) {
    throw new DOMException(
      `crypto.getRandomValues fills at most ${RANDOM_VALUES_BYTES_MAX} bytes, not ${view.byteLength}`,
      "QuotaExceededError",
    );
  }
  drawBytes(world, new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return view;
}
