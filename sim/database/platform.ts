/** The platform's rules of the database, put together. */
import { platformUsage } from "../usage/rules.js";
import { DeveloperError } from "../values/developerError.js";
import { readPlatformPage } from "./platformPage.js";
import { getDocument, recordRow } from "./platformReads.js";
import {
  insertDocument,
  patchDocument,
  removeDocument,
  replaceDocument,
} from "./platformWrites.js";
import type { DatabaseProfile } from "./profile.js";

export const faithfulDatabase: DatabaseProfile = {
  dialect: "platform",
  streams: "lazy",
  usageRules: platformUsage,
  get: getDocument,
  insert: insertDocument,
  patch: patchDocument,
  replace: replaceDocument,
  remove: removeDocument,
  recordRow,
  recordQueryStart: () => undefined,
  recordRange: (frame) => frame.usage.recordQuery(),
  page: readPlatformPage,
  cleanupResult: (wasOpen) => String(wasOpen),
  unknownQuery: "in-progress query not found",
  unknownOperation: (kind, op) =>
    new DeveloperError(
      "UnknownOperation",
      `Unknown ${kind === "async" ? "async " : ""}operation 1.0/${op}`,
    ),
};
