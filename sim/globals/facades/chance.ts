/**
 * `Math.random` and `crypto` that draw from the running function's seed.
 *
 * What is random here is repeatable, not secret. `crypto.subtle` is the real one, and time
 * stands still while it works.
 */
import { waitOutsideInOrder } from "../../clock/outside.js";
import type { Random } from "../../clock/random.js";
import { RANDOM_VALUES_BYTES_MAX, UUID_BYTES } from "../../constants/globals.js";
import { runWithoutGlobals } from "../globals.js";
import { refusal } from "../refusal.js";
import { createFacade, currentWorld } from "./facade.js";

const nativeMath = globalThis.Math;
const nativeRandom = nativeMath.random;
const nativeCrypto = globalThis.crypto;

/** Integer views; `Array` stands behind "Int" or "Clamped". */
const INTEGER_VIEW = /^(?:Big)?(?:Ui|I)nt(?:8|16|32|64)(?:Clamped)?Array$/;
/** The groups of hexadecimal digits that hyphens set apart. */
const UUID_GROUPS = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

export const mathFacade: Math = createFacade({
  name: "Math",
  target: nativeMath,
  members: { random: (): number => currentWorld()?.random.next() ?? nativeRandom() },
});

const subtleFacade = createFacade({
  name: "crypto.subtle",
  target: nativeCrypto.subtle,
  members: createSubtleMembers(nativeCrypto.subtle),
});

export const cryptoFacade: Crypto = createFacade<Crypto>({
  name: "crypto",
  target: nativeCrypto,
  bindsMethods: true,
  members: {
    subtle: subtleFacade,
    randomUUID: () => {
      const random = currentWorld()?.random;
      return random === undefined ? nativeCrypto.randomUUID() : drawUuid(random);
    },
    getRandomValues: (view: ArrayBufferView<ArrayBuffer>) => {
      const random = currentWorld()?.random;
      if (random === undefined) return nativeCrypto.getRandomValues(view);
      return fillView(random, view);
    },
  },
});

/** Each method of `crypto.subtle`, under a hold when a function calls it. */
function createSubtleMembers(subtle: SubtleCrypto): object {
  const members: Record<string, unknown> = {};
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(subtle))) {
    const method: unknown = Reflect.get(subtle, name);
    if (name === "constructor" || typeof method !== "function") continue;
    const call = (args: unknown[]): Promise<unknown> =>
      Reflect.apply(method, subtle, args) as Promise<unknown>;
    members[name] = async (...args: unknown[]): Promise<unknown> => {
      const world = currentWorld();
      if (world === undefined) return await call(args);
      if (name === "generateKey" && world.refusesEntropy) {
        throw refusal("cryptographic randomness");
      }
      return await waitOutsideInOrder(world.clock, () =>
        runWithoutGlobals(() => call(args)),
      );
    };
  }
  return members;
}

/** A version 4 UUID, see RFC 9562 section 5.4. */
function drawUuid(random: Random): string {
  const bytes = random.bytes(new Uint8Array(UUID_BYTES));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return Buffer.from(bytes).toString("hex").replace(UUID_GROUPS, "$1-$2-$3-$4-$5");
}

/** Refuses what Web Crypto refuses, so that tests meet the same errors. */
function fillView<T extends ArrayBufferView>(random: Random, view: T): T {
  const isInteger =
    ArrayBuffer.isView(view) &&
    INTEGER_VIEW.test(String(Reflect.get(view, Symbol.toStringTag)));
  if (!isInteger) {
    throw new DOMException(
      "The provided ArrayBufferView is not an integer array type",
      "TypeMismatchError",
    );
  }
  if (view.byteLength > RANDOM_VALUES_BYTES_MAX) {
    throw new DOMException(
      `${view.byteLength} bytes are more than the ${RANDOM_VALUES_BYTES_MAX} of one call`,
      "QuotaExceededError",
    );
  }
  random.bytes(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return view;
}
