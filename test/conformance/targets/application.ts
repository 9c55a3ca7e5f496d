/**
 * The conformance app as values: schema and modules of the app and its two components, as
 * the in-process targets take them.
 */
import * as abi from "../app/abi.js";
import * as auth from "../app/auth.js";
import * as calls from "../app/calls.js";
import * as context from "../app/context.js";
import * as http from "../app/http.js";
import * as jobs from "../app/jobs.js";
import * as limits from "../app/limits.js";
import * as meta from "../app/meta.js";
import * as occ from "../app/occ.js";
import * as appParts from "../app/parts.js";
import * as reads from "../app/reads.js";
import * as rejections from "../app/rejections.js";
import * as rows from "../app/rows.js";
import * as runtime from "../app/runtime.js";
import appSchema from "../app/schema.js";
import * as search from "../app/search.js";
import * as stamps from "../app/stamps.js";
import * as storage from "../app/storage.js";
import * as validated from "../app/validated.js";
import * as values from "../app/values.js";
import * as vectors from "../app/vectors.js";
import * as writes from "../app/writes.js";
import * as leaves from "../components/leaf/leaves.js";
import leafSchema from "../components/leaf/schema.js";
import * as partsCalls from "../components/parts/calls.js";
import * as entries from "../components/parts/entries.js";
import * as partsJobs from "../components/parts/jobs.js";
import partsSchema from "../components/parts/schema.js";

export const app = {
  schema: appSchema,
  modules: {
    "abi.ts": abi,
    "auth.ts": auth,
    "calls.ts": calls,
    "context.ts": context,
    "http.ts": http,
    "jobs.ts": jobs,
    "limits.ts": limits,
    "meta.ts": meta,
    "occ.ts": occ,
    "parts.ts": appParts,
    "reads.ts": reads,
    "rejections.ts": rejections,
    "rows.ts": rows,
    "runtime.ts": runtime,
    "search.ts": search,
    "stamps.ts": stamps,
    "storage.ts": storage,
    "validated.ts": validated,
    "values.ts": values,
    "vectors.ts": vectors,
    "writes.ts": writes,
  },
};

/** By component path; a parent comes before its child. */
export const components = {
  parts: {
    schema: partsSchema,
    modules: { "calls.ts": partsCalls, "entries.ts": entries, "jobs.ts": partsJobs },
  },
  "parts/leaf": { schema: leafSchema, modules: { "leaves.ts": leaves } },
};
