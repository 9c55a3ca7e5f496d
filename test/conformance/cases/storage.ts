/** File storage. */
import { byAction, byMutation, defineSubject } from "../case.js";
import { anyString } from "../expectation.js";

/** SHA-256 of "conformance". */
const SHA_BASE64 = "bB1s7fJ26j/XSGohL9YrMvu57KpN6nBUVIZzcZndJO0=";

export const storage = defineSubject("storage", {
  inAction: {
    rule: "an action stores, reads, addresses and deletes a file",
    observe: byAction("storage:storeInAction"),
    expected: {
      text: "conformance",
      type: "text/plain",
      hasUrl: "string",
      after: { ok: null },
    },
  },
  inMutation: {
    rule: "a mutation stores and reads a file",
    observe: byMutation("storage:storeInMutation"),
    expected: { ok: "conformance" },
  },
  row: {
    rule: "a file is a system document with its size, hash and type",
    observe: async (t) => {
      const id = await t.action("storage:store");
      return await t.query("storage:describe", { id });
    },
    expected: {
      row: { size: 11, sha256: SHA_BASE64, contentType: "text/plain" },
      metadata: {
        ok: {
          storageId: anyString,
          sha256: /^[0-9a-f]{64}$/,
          size: 11,
          contentType: "text/plain",
        },
      },
      isListed: true,
      normalized: true,
    },
  },
  uploadUrl: {
    rule: "a mutation gives out a URL to upload to",
    observe: byMutation("storage:uploadUrl"),
    expected: "string",
  },
  removed: {
    rule: "a deleted file has no URL and no document, and is deleted once",
    observe: async (t) => {
      const id = await t.action("storage:store");
      return await t.mutation("storage:remove", { id });
    },
    expected: { url: null, row: null, again: { error: /./ } },
  },
});
