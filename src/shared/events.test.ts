import { describe, expect, test } from "vitest";

import { DOCUMENT_VALUE_BYTES_MAX } from "./constants.js";
import {
  checkEventText,
  checkSentFits,
  createEventTimeout,
  formatEventId,
  parseEventId,
  resolveDelivery,
  resolveEventName,
} from "./events.js";

describe("an event's own id", () => {
  test("says where it goes, whatever its name contains", () => {
    const id = formatEventId("k17abc", "1-2", "a:b:");

    expect(parseEventId(id)).toEqual({ workflow: "k17abc", name: "a:b:" });
    expect(resolveEventName(id)).toBe("a:b:");
  });

  test.each(["approval", "event:", "event:w", "event:w:", "event:w:t"])(
    "is none: %s",
    (id) => {
      expect(parseEventId(id)).toBeNull();
      expect(resolveEventName(id)).toBe(id);
    },
  );
});

describe("what is sent", () => {
  test("is measured, and refused with the limit if no row could hold it", () => {
    const fits = "x".repeat(DOCUMENT_VALUE_BYTES_MAX - 10);

    expect(checkSentFits({ kind: "completed", value: fits }, "big")).toBeGreaterThan(0);
    expect(() =>
      checkSentFits({ kind: "completed", value: `${fits}${fits}` }, "big"),
    ).toThrow(
      new RegExp(`event .*big.* is too large .* limit ${DOCUMENT_VALUE_BYTES_MAX}`),
    );
  });

  test("needs a name of some length", () => {
    expect(() => checkEventText("name", "")).toThrow(/has 0 characters/);
    expect(() => checkEventText("id", undefined)).toThrow(/id is missing/);
  });
});

describe("what a step gets", () => {
  const sent = { kind: "completed" as const, value: 7 };

  test("is the value, or for a race also which event came", () => {
    expect(resolveDelivery(sent, "a", false)).toBe(sent);
    expect(resolveDelivery(sent, formatEventId("w", "t", "a"), true)).toEqual({
      kind: "completed",
      value: { name: "a", value: 7 },
    });
  });

  test("is an error with a code when nothing came in time", () => {
    expect(createEventTimeout(["a", "b"], 60_000)).toMatchObject({
      error: { code: "EVENT_TIMEOUT", message: /"a" or "b" came within 60000 ms/ },
    });
  });
});
