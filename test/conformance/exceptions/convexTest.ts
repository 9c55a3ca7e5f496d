/** Differences of convex-test 0.0.60 from the platform, each with what it does instead. */
import type { Exception } from "./exception.js";
import { anyNumber, anyString, satisfies } from "../expectation.js";
import { databaseExceptions } from "./convexTestDatabase.js";
import { wordExceptions } from "./convexTestWords.js";

const differs = (reason: string, expected: unknown): Exception => ({ reason, expected });

const PLAIN_ERROR = { name: "Error", detail: null, isConvexError: false, data: null };
const NO_PREFIX = "errors cross boundaries with their own message";
const KEEPS_CLASS = "an action's calls throw what was thrown, class and fields and all";
const REJECTED = {
  name: "Rejected",
  detail: "lost on the way",
  isConvexError: false,
  data: null,
  message: "of a class",
};

const errors: Record<string, Exception> = {
  "errors/nested": differs(NO_PREFIX, { ...PLAIN_ERROR, message: "plain words" }),
  "errors/nestedClass": differs(NO_PREFIX, { ...PLAIN_ERROR, message: "of a class" }),
  "errors/nestedString": differs("a thrown text has no message", {
    ...PLAIN_ERROR,
    message: "",
  }),
  "errors/nestedData": differs(
    "it hands data on as values where the client expects JSON: integers break",
    { ...PLAIN_ERROR, message: /^Unexpected type of 7/ },
  ),
  "errors/inAction": differs(KEEPS_CLASS, REJECTED),
  "errors/throughAction": differs(KEEPS_CLASS, REJECTED),
};

const transactions: Record<string, Exception> = {
  "validators/returnsRollsBack": differs(
    "it validates what a mutation returns after the commit",
    { outcome: "refused", rows: [{ key: "written" }] },
  ),
  "transactions/depth": differs("it bounds no depth of calls", { eight: 8, nine: 9 }),
};

const job = { sameId: true, scheduledTimeIsNumber: true };
const NAME = "names of scheduled functions have no .js";
const SUCCESS = `${NAME}; success has no completedTime`;
const FAILED = `${NAME}; a failure has no error`;

const jobs: Record<string, Exception> = {
  "jobs/pending": differs(NAME, {
    ...job,
    name: "jobs:record",
    args: [{ label: "later" }],
    state: { kind: "pending" },
    isCompleted: false,
  }),
  "jobs/succeeded": differs(SUCCESS, {
    ...job,
    name: "jobs:record",
    args: [{ label: "a" }],
    state: { kind: "success" },
    isCompleted: false,
  }),
  "jobs/actionSucceeded": differs(SUCCESS, {
    ...job,
    name: "jobs:recordByAction",
    args: [{ label: "a" }],
    state: { kind: "success" },
    isCompleted: false,
  }),
  "jobs/failed": differs(FAILED, {
    job: {
      ...job,
      name: "jobs:fail",
      args: [{}],
      state: { kind: "failed" },
      isCompleted: true,
    },
    ran: [],
  }),
  "jobs/actionFailed": differs(FAILED, {
    ...job,
    name: "jobs:failByAction",
    args: [{}],
    state: { kind: "failed" },
    isCompleted: true,
  }),
  "jobs/badArguments": differs(FAILED, {
    ...job,
    name: "jobs:record",
    args: [{ other: 1 }],
    state: { kind: "failed" },
    isCompleted: true,
  }),
  "jobs/refused": differs("it checks neither times nor that the function exists", {
    negative: { error: /must be non-negative/ },
    infinite: { error: /must be a finite number/ },
    notNumber: { error: /must be a number/ },
    sixYearsAhead: { ok: anyString },
    sixYearsAgo: { ok: anyString },
    missingFunction: { ok: anyString },
    missingModule: { ok: anyString },
    placeholder: { error: /unresolved placeholder/ },
    badArgsAreTaken: { ok: null },
  }),
  "cancellation/canceledInProgress": differs(
    "cancellation does not propagate, and breaks an invariant when the action ends",
    {
      ran: ["started", "ended", "by the action", "by its mutation"],
      states: ["canceled", "success", "success"],
      escaped: [/^`convexTest` invariant error: Unexpected scheduled function state/],
    },
  ),
  "cancellation/canceledLate": differs("cancel overwrites any state", {
    ran: ["a"],
    states: ["canceled"],
  }),
};

const components: Record<string, Exception> = {
  "pages/inComponent": differs("it paginates in components", 0),
  "components/isolation": differs("it knows no visibility: internal functions answer", {
    get: { ok: true },
    internal: { ok: "hidden" },
    grandchild: { error: /^Could not find module/ },
    missing: { error: /no such export/ },
    isString: true,
    countersOfComponent: 0,
  }),
  "components/handles": differs(
    "a handle is a path, of functions that are not there too",
    {
      isHandle: true,
      isStable: true,
      differs: true,
      ofHandleIsSame: true,
      result: "handled direct",
      missing: { ok: /^function:\/\/;/ },
      unknownHandle: { error: /Cannot read properties of undefined/ },
    },
  ),
  "components/cancelInAction": differs("an action cancels in its own component", []),
  "meta/ofMutation": differs(
    "functions run inside a public wrapper, so that all are public",
    satisfies("a public function", (it) => it.function.visibility === "public"),
  ),
  "meta/internalFromClient": differs(
    "it knows no visibility: internal functions answer",
    satisfies("an answer", (it) => it.function.name === "meta:ofMutation"),
  ),
  "storage/inMutation": differs("it has no storage.store in mutations", {
    error: /does not support async syscall: "1\.0\/storageStore"/,
  }),
  "storage/row": differs("files have no type, and no getMetadata", {
    row: { size: anyNumber, sha256: anyString, contentType: null },
    metadata: { error: /does not support async syscall: "1\.0\/storageGetMetadata"/ },
    isListed: true,
    normalized: true,
  }),
};

const none = { readsBytes: false, writesBytes: false, argsBytes: false };
const threeReads = { ...none, databaseQueries: 1, documentsRead: 3, readsBytes: true };

const limits: Record<string, Exception> = {
  "limits/filter": differs("only rows that pass the filter count as read", {
    ...none,
    databaseQueries: 1,
  }),
  "limits/merged": differs("it counts queries, and merges no ranges", {
    ...none,
    databaseQueries: 3,
    documentsRead: 5,
    readsBytes: true,
  }),
  "limits/rollback": differs("scheduling is uncounted when it rolls back", threeReads),
  "limits/snapshotQuery": differs("a snapshot query counts in its caller", threeReads),
  "limits/enforcedByDefault": differs("limits are enforced when asked to only", 1001),
};

const ESCAPES = "rejections reach the process, and the function goes on";
const escaped = (outcome: unknown, rows: number) => ({
  outcome,
  escaped: ["nobody listens"],
  rows,
});

const runtime: Record<string, Exception> = {
  "runtime/globals": differs("functions have the globals of the test's environment", {
    present: [],
    absent: ["queueMicrotask", "setImmediate", "MessageChannel"],
    process: true,
  }),
  "runtime/timerUnawaited": differs("setTimeout throws at once, which can be caught", {
    error: /^`setTimeout` is not supported in Convex queries or mutations/,
  }),
  "runtime/leaveGlobal": differs("all functions share one global object", [null, 1]),
  "rejections/inQuery": differs(ESCAPES, escaped("returned", 0)),
  "rejections/inMutation": differs(ESCAPES, escaped("returned", 1)),
  "rejections/inAction": differs(ESCAPES, escaped("returned", 0)),
  "rejections/heardLate": differs(
    "a rejection counts as handled until the microtasks are drained",
    { outcome: { caught: { error: "heard too late" } }, escaped: [], rows: 0 },
  ),
  "rejections/ofChild": differs(ESCAPES, escaped({ nested: { ok: "returned" } }, 0)),
  "context/inAction": differs("fake timers run outside of the caller's context", [
    null,
    "outer",
  ]),
  "context/nested": differs("nested calls run in the caller's context", {
    inside: "outer",
    outside: "outer",
  }),
};

export const convexTestExceptions: Record<string, Exception> = {
  ...wordExceptions,
  ...databaseExceptions,
  ...errors,
  ...transactions,
  ...jobs,
  ...components,
  ...limits,
  ...runtime,
};
