import { describe, expect, test } from "vitest";

import * as constants from "./constants.js";

describe("constants", () => {
  test("a user's value and the row around it fit into a document", () => {
    const errorBytes =
      constants.ERROR_NAME_BYTES_MAX +
      constants.ERROR_CODE_BYTES_MAX +
      constants.ERROR_MESSAGE_BYTES_MAX +
      constants.ERROR_STACK_BYTES_MAX +
      constants.ERROR_DATA_BYTES_MAX;

    expect(constants.DOCUMENT_VALUE_BYTES_MAX).toBeGreaterThan(0);
    expect(errorBytes).toBeLessThanOrEqual(constants.DOCUMENT_HEADROOM_BYTES / 2);
  });

  test("a handful of chatty workflows does not use up an executor's console", () => {
    expect(constants.CONSOLE_LINES_PER_WORKFLOW_MAX * 16).toBeLessThan(
      constants.PLATFORM_CONSOLE_LINES_MAX,
    );
  });

  test("measuring goes further than any limit it is used to judge", () => {
    expect(constants.MEASURE_BYTES_MAX).toBeGreaterThan(
      constants.DOCUMENT_VALUE_BYTES_MAX,
    );
    expect(constants.PREVIEW_COUNT_BYTES_MAX).toBeGreaterThan(
      constants.ERROR_MESSAGE_BYTES_MAX,
    );
    expect(constants.ERROR_DATA_PREVIEW_BYTES).toBeLessThan(
      constants.ERROR_DATA_BYTES_MAX,
    );
  });
});
