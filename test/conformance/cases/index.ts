/** All subjects of the suite, in the order of PLATFORM.md's chapters from the values up. */
import type { Subject } from "../case.js";
import { abi } from "./abi.js";
import { auth } from "./auth.js";
import { cancellation } from "./cancellation.js";
import { components } from "./components.js";
import { conflicts, permits } from "./concurrency.js";
import { context } from "./context.js";
import { errors } from "./errors.js";
import { filters } from "./filters.js";
import { http } from "./http.js";
import { indexes } from "./indexes.js";
import { jobs } from "./jobs.js";
import { limits } from "./limits.js";
import { meta } from "./meta.js";
import { pagination } from "./pages.js";
import { ranges } from "./ranges.js";
import { reading } from "./reading.js";
import { rejections } from "./rejections.js";
import { runtime } from "./runtime.js";
import { search } from "./search.js";
import { stamps } from "./stamps.js";
import { storage } from "./storage.js";
import { transactions } from "./transactions.js";
import { validators } from "./validators.js";
import { values } from "./values.js";
import { writes } from "./writes.js";

export const subjects: readonly Subject[] = [
  values,
  writes,
  indexes,
  ranges,
  reading,
  filters,
  pagination,
  search,
  validators,
  errors,
  transactions,
  stamps,
  jobs,
  cancellation,
  components,
  auth,
  storage,
  http,
  meta,
  limits,
  runtime,
  rejections,
  context,
  abi,
  conflicts,
  permits,
];
