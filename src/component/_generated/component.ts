/* eslint-disable */
/**
 * Generated `ComponentApi` utility.
 *
 * THIS CODE IS AUTOMATICALLY GENERATED.
 *
 * To regenerate, run `npx convex dev`.
 * @module
 */

import type { FunctionReference } from "convex/server";

/**
 * A utility for referencing a Convex component's exposed API.
 *
 * Useful when expecting a parameter like `components.myComponent`.
 * Usage:
 * ```ts
 * async function myFunction(ctx: QueryCtx, component: ComponentApi) {
 *   return ctx.runQuery(component.someFile.someQuery, { ...args });
 * }
 * ```
 */
export type ComponentApi<Name extends string | undefined = string | undefined> =
  {
    executor: {
      agenda: FunctionReference<
        "query",
        "internal",
        {
          executor: string;
          known?: { config: string; seat: string };
          protocol?: number;
          seat: number;
        },
        {
          callbacks: Array<{ attempts: number; row: string }>;
          dueAt: number | null;
          timers: Array<string>;
        },
        Name
      >;
      call: FunctionReference<
        "mutation",
        "internal",
        {
          behind: Array<{ shard: number; skip: number }>;
          executor: string;
          known?: { config: string; seat: string };
          protocol?: number;
          seat: number;
        },
        null,
        Name
      >;
      commit: FunctionReference<
        "mutation",
        "internal",
        {
          entries: Array<{
            claim?: string;
            generation: number;
            operations: Array<
              | { op: "claimTask"; startedAt: number; task: string }
              | { ending?: number; op: "claimReplay"; row: string }
              | { op: "consume"; rows: Array<string> }
              | {
                  number: number;
                  op: "settle";
                  outcome:
                    | { kind: "completed"; value: any }
                    | {
                        error: {
                          code?: string;
                          data?: any;
                          dataPreview?: string;
                          message: string;
                          name: string;
                          nonRetryable?: boolean;
                          retryAfterMs?: number;
                          stack?: string;
                        };
                        kind: "failed";
                      };
                  settledAt: number;
                }
              | {
                  attempts: number;
                  dueAt: number;
                  error: {
                    code?: string;
                    data?: any;
                    dataPreview?: string;
                    message: string;
                    name: string;
                    nonRetryable?: boolean;
                    retryAfterMs?: number;
                    stack?: string;
                  };
                  failures: number;
                  isFar?: boolean;
                  number: number;
                  op: "retry";
                  refusals?: number;
                }
              | { attempts: number; dueAt: number; number: number; op: "defer" }
              | { key: string; op: "pass"; weight: number }
              | { forMs: number; key: string; op: "closeGate"; tookMs?: number }
              | { attempts: number; number: number; op: "restart" }
              | {
                  after: Array<number>;
                  attempts: number;
                  child?: {
                    args: any;
                    definition: string;
                    gate?: {
                      key: string;
                      limits: {
                        adaptive?: boolean;
                        concurrency?: number;
                        per?: number;
                        rate?: number;
                      };
                      weight: number;
                    };
                    graceMs?: number;
                    timeoutMs?: number;
                  };
                  digest: string;
                  dueAt?: number;
                  event?: { isRace: boolean; names: Array<string> };
                  gate?: string;
                  isFar?: boolean;
                  isolated?: {
                    args: any;
                    handle: string;
                    retry?: {
                      base: number;
                      initialBackoffMs: number;
                      maxAttempts: number;
                    };
                  };
                  kind:
                    | "query"
                    | "mutation"
                    | "action"
                    | "run"
                    | "sleep"
                    | "workflow"
                    | "isolated"
                    | "event";
                  name: string;
                  number: number;
                  op: "step";
                  preview?: string;
                }
              | { op: "status"; value: any }
              | {
                  after: Array<number>;
                  isLocal?: boolean;
                  op: "finish";
                  outcome:
                    | { kind: "completed"; value: any }
                    | {
                        error: {
                          code?: string;
                          data?: any;
                          dataPreview?: string;
                          message: string;
                          name: string;
                          nonRetryable?: boolean;
                          retryAfterMs?: number;
                          stack?: string;
                        };
                        kind: "failed";
                      }
                    | { kind: "canceled"; reason?: string };
                }
              | { op: "release"; requeue: boolean }
              | {
                  error: {
                    code?: string;
                    data?: any;
                    dataPreview?: string;
                    message: string;
                    name: string;
                    nonRetryable?: boolean;
                    retryAfterMs?: number;
                    stack?: string;
                  };
                  fingerprint: string;
                  op: "park";
                }
            >;
            workflow: string;
          }>;
          executor: string;
          heard?: Array<string>;
          known?: { config: string; seat: string };
          protocol: number;
          riders?: {
            revoked?: boolean;
            scan?: {
              atHand?: Array<string>;
              help?: { callAbove: number | null; room: number };
              replays: number;
              tasks: number;
              withDue?: boolean;
              withWatch?: boolean;
            };
            trades: Array<{
              by: number;
              count: number;
              declared: {
                adaptive?: boolean;
                concurrency?: number;
                per?: number;
                rate?: number;
              };
              key: string;
              released: number;
              rows?: {
                allocation?: string;
                demand: string;
                gate: string;
                grant?: string;
              };
              seen: number;
              told?: { agoMs: number; perSecond: number; remaining?: number };
              waiting: Array<{
                count: number;
                createdAt: number;
                weight: number;
              }>;
            }>;
          };
          seat: number;
          seq: number;
        },
        {
          entries: Array<
            | { kind: "lost" }
            | { claim: string | null; isOwed?: boolean; kind: "applied" }
          >;
          kind: "applied" | "repeated" | "refused";
          membership: "current" | "draining" | "none";
          riders?: {
            revoked?: Array<{ claim: string; row: string }>;
            scan: null | {
              draining: Array<{
                claims: number;
                executor: string;
                isAlive: boolean;
              }>;
              dueAt: number | null;
              hasMore: boolean;
              help: {
                canCome: boolean;
                hasMoreTasks: boolean;
                isCalling: boolean;
              };
              hotMax: number | null;
              isCareful: boolean;
              isWatched: boolean | null;
              known?: { config: string; seat: string };
              membership: "current" | "draining" | "none";
              paused: Array<string>;
              replays: Array<{
                definition: string;
                generation: number;
                kind: "replay";
                queuedAt: number;
                row: string;
                shard: number;
                workflow: string;
                workflowCreatedAt: number;
              }>;
              seats: number;
              signalled: Array<string>;
              slots: number;
              tasks: Array<{
                args: any;
                definition: string;
                gate?: {
                  key: string;
                  limits: {
                    adaptive?: boolean;
                    concurrency?: number;
                    per?: number;
                    rate?: number;
                  };
                  weight: number;
                };
                generation: number;
                kind: "task";
                queuedAt: number;
                row: string;
                shard: number;
                workflow: string;
                workflowCreatedAt: number;
              }>;
            };
            traded: null | {
              membership: "current" | "draining" | "none";
              now: number;
              trades: Array<null | {
                closedUntil: number;
                grantVersion: number;
                granted: number;
                isHeld: boolean;
                isLed: boolean;
                key: string;
                nextAt: number;
                paused: boolean;
                rows: {
                  allocation?: string;
                  demand: string;
                  gate: string;
                  grant?: string;
                };
                runs: Array<{
                  at: number;
                  count: number;
                  everyMs: number;
                  weight: number;
                }>;
                version: number;
              }>;
            };
          };
        },
        Name
      >;
      countAttempts: FunctionReference<
        "mutation",
        "internal",
        {
          attempts: Array<{ attempts: number; row: string }>;
          executor: string;
          known?: { config: string; seat: string };
          protocol?: number;
          seat: number;
        },
        Array<{ attempts: number; row: string }>,
        Name
      >;
      deliver: FunctionReference<
        "mutation",
        "internal",
        {
          attempts: Array<{ attempts: number; row: string }>;
          executor: string;
          known?: { config: string; seat: string };
          protocol?: number;
          seat: number;
        },
        Array<{ attempts: number; row: string }>,
        Name
      >;
      failMutation: FunctionReference<
        "mutation",
        "internal",
        {
          claim: string;
          error: {
            code?: string;
            data?: any;
            dataPreview?: string;
            message: string;
            name: string;
            nonRetryable?: boolean;
            retryAfterMs?: number;
            stack?: string;
          };
          executor: string;
          known?: { config: string; seat: string };
          number: number;
          protocol?: number;
          seat: number;
        },
        | {
            kind: "settled";
            outcome:
              | { kind: "completed"; value: any }
              | {
                  error: {
                    code?: string;
                    data?: any;
                    dataPreview?: string;
                    message: string;
                    name: string;
                    nonRetryable?: boolean;
                    retryAfterMs?: number;
                    stack?: string;
                  };
                  kind: "failed";
                };
            settledAt: number;
          }
        | {
            kind: "failed";
            outcome:
              | { kind: "completed"; value: any }
              | {
                  error: {
                    code?: string;
                    data?: any;
                    dataPreview?: string;
                    message: string;
                    name: string;
                    nonRetryable?: boolean;
                    retryAfterMs?: number;
                    stack?: string;
                  };
                  kind: "failed";
                };
          }
        | { kind: "lost" },
        Name
      >;
      fireTimers: FunctionReference<
        "mutation",
        "internal",
        {
          executor: string;
          known?: { config: string; seat: string };
          protocol?: number;
          seat: number;
          timers: Array<string>;
          trouble?: string;
        },
        { fired: number; membership: "current" | "draining" | "none" },
        Name
      >;
      handOver: FunctionReference<
        "mutation",
        "internal",
        {
          executor: string;
          known?: { config: string; seat: string };
          protocol?: number;
          seat: number;
        },
        "current" | "draining" | "none",
        Name
      >;
      journals: FunctionReference<
        "query",
        "internal",
        { of: Array<{ from: number; generation: number; workflow: string }> },
        Array<null | {
          args: any;
          ending: null | {
            at: number;
            error: {
              code?: string;
              data?: any;
              dataPreview?: string;
              message: string;
              name: string;
              nonRetryable?: boolean;
              retryAfterMs?: number;
              stack?: string;
            };
            number: number;
          };
          next: number | null;
          rows: Array<{
            after: Array<number>;
            attempts: number;
            digest: string;
            dueAt?: number;
            failures: number;
            isFar?: boolean;
            kind:
              | "query"
              | "mutation"
              | "action"
              | "run"
              | "sleep"
              | "workflow"
              | "isolated"
              | "event";
            name: string;
            number: number;
            outcome?:
              | { kind: "completed"; value: any }
              | {
                  error: {
                    code?: string;
                    data?: any;
                    dataPreview?: string;
                    message: string;
                    name: string;
                    nonRetryable?: boolean;
                    retryAfterMs?: number;
                    stack?: string;
                  };
                  kind: "failed";
                };
            refusals?: number;
            settledAt?: number;
          }>;
          seed: number;
          signals: Array<string>;
          startedAt: number;
        }>,
        Name
      >;
      leave: FunctionReference<
        "mutation",
        "internal",
        {
          executor: string;
          known?: { config: string; seat: string };
          protocol?: number;
          seat: number;
        },
        boolean,
        Name
      >;
      noteUndelivered: FunctionReference<
        "mutation",
        "internal",
        {
          attempts: Array<{ attempts: number; row: string }>;
          error: {
            code?: string;
            data?: any;
            dataPreview?: string;
            message: string;
            name: string;
            nonRetryable?: boolean;
            retryAfterMs?: number;
            stack?: string;
          };
        },
        null,
        Name
      >;
      parked: FunctionReference<
        "query",
        "internal",
        { fingerprint: string },
        boolean,
        Name
      >;
      parkPaused: FunctionReference<
        "mutation",
        "internal",
        { replays: Array<string>; tasks: Array<string> },
        null,
        Name
      >;
      recover: FunctionReference<
        "mutation",
        "internal",
        {
          dead: string;
          executor: string;
          known?: { config: string; seat: string };
          protocol?: number;
          seat: number;
        },
        boolean,
        Name
      >;
      retire: FunctionReference<
        "mutation",
        "internal",
        {
          executor: string;
          known?: { config: string; seat: string };
          protocol?: number;
          seat: number;
        },
        boolean,
        Name
      >;
      runMutation: FunctionReference<
        "mutation",
        "internal",
        {
          args: any;
          claim: string;
          executor: string;
          handle: string;
          known?: { config: string; seat: string };
          number: number;
          protocol?: number;
          seat: number;
        },
        | {
            kind: "settled";
            outcome:
              | { kind: "completed"; value: any }
              | {
                  error: {
                    code?: string;
                    data?: any;
                    dataPreview?: string;
                    message: string;
                    name: string;
                    nonRetryable?: boolean;
                    retryAfterMs?: number;
                    stack?: string;
                  };
                  kind: "failed";
                };
            settledAt: number;
          }
        | {
            kind: "failed";
            outcome:
              | { kind: "completed"; value: any }
              | {
                  error: {
                    code?: string;
                    data?: any;
                    dataPreview?: string;
                    message: string;
                    name: string;
                    nonRetryable?: boolean;
                    retryAfterMs?: number;
                    stack?: string;
                  };
                  kind: "failed";
                };
          }
        | { kind: "lost" },
        Name
      >;
      scan: FunctionReference<
        "query",
        "internal",
        {
          atHand?: Array<string>;
          executor: string;
          help?: { callAbove: number | null; room: number };
          known?: { config: string; seat: string };
          protocol: number;
          replays: number;
          seat: number;
          tasks: number;
          withDue?: boolean;
          withWatch?: boolean;
        },
        {
          draining: Array<{
            claims: number;
            executor: string;
            isAlive: boolean;
          }>;
          dueAt: number | null;
          hasMore: boolean;
          help: { canCome: boolean; hasMoreTasks: boolean; isCalling: boolean };
          hotMax: number | null;
          isCareful: boolean;
          isWatched: boolean | null;
          known?: { config: string; seat: string };
          membership: "current" | "draining" | "none";
          paused: Array<string>;
          replays: Array<{
            definition: string;
            generation: number;
            kind: "replay";
            queuedAt: number;
            row: string;
            shard: number;
            workflow: string;
            workflowCreatedAt: number;
          }>;
          seats: number;
          signalled: Array<string>;
          slots: number;
          tasks: Array<{
            args: any;
            definition: string;
            gate?: {
              key: string;
              limits: {
                adaptive?: boolean;
                concurrency?: number;
                per?: number;
                rate?: number;
              };
              weight: number;
            };
            generation: number;
            kind: "task";
            queuedAt: number;
            row: string;
            shard: number;
            workflow: string;
            workflowCreatedAt: number;
          }>;
        },
        Name
      >;
      settled: FunctionReference<
        "query",
        "internal",
        { generation: number; workflow: string },
        {
          resumed: Array<number>;
          settled: Array<{
            number: number;
            outcome:
              | { kind: "completed"; value: any }
              | {
                  error: {
                    code?: string;
                    data?: any;
                    dataPreview?: string;
                    message: string;
                    name: string;
                    nonRetryable?: boolean;
                    retryAfterMs?: number;
                    stack?: string;
                  };
                  kind: "failed";
                };
            settledAt: number;
          }>;
          signals: Array<string>;
        },
        Name
      >;
      trade: FunctionReference<
        "mutation",
        "internal",
        {
          executor: string;
          known?: { config: string; seat: string };
          protocol?: number;
          seat: number;
          trades: Array<{
            by: number;
            count: number;
            declared: {
              adaptive?: boolean;
              concurrency?: number;
              per?: number;
              rate?: number;
            };
            key: string;
            released: number;
            rows?: {
              allocation?: string;
              demand: string;
              gate: string;
              grant?: string;
            };
            seen: number;
            told?: { agoMs: number; perSecond: number; remaining?: number };
            waiting: Array<{
              count: number;
              createdAt: number;
              weight: number;
            }>;
          }>;
        },
        {
          membership: "current" | "draining" | "none";
          now: number;
          trades: Array<null | {
            closedUntil: number;
            grantVersion: number;
            granted: number;
            isHeld: boolean;
            isLed: boolean;
            key: string;
            nextAt: number;
            paused: boolean;
            rows: {
              allocation?: string;
              demand: string;
              gate: string;
              grant?: string;
            };
            runs: Array<{
              at: number;
              count: number;
              everyMs: number;
              weight: number;
            }>;
            version: number;
          }>;
        },
        Name
      >;
      unpark: FunctionReference<
        "mutation",
        "internal",
        { fingerprint: string },
        number,
        Name
      >;
      watch: FunctionReference<"mutation", "internal", {}, null, Name>;
      watched: FunctionReference<"query", "internal", {}, boolean, Name>;
    };
    gates: {
      clear: FunctionReference<
        "mutation",
        "internal",
        { key: string },
        null,
        Name
      >;
      list: FunctionReference<
        "query",
        "internal",
        { cursor?: string | null },
        {
          cursor: string | null;
          page: Array<{
            closedForMs?: number;
            declared: {
              adaptive?: boolean;
              concurrency?: number;
              per?: number;
              rate?: number;
            };
            effective?: { agoMs: number; per: number; rate: number };
            executors: number;
            held: number;
            heldByWorkflows: number;
            isOverridden: boolean;
            key: string;
            limits: {
              adaptive?: boolean;
              concurrency?: number;
              per?: number;
              rate?: number;
            };
            observed?: {
              agoMs: number;
              per: number;
              rate: number;
              remaining?: number;
            };
            oldestAgeMs?: number;
            paused: boolean;
            refusedAgoMs?: number;
            waiting: number;
          }>;
        },
        Name
      >;
      pause: FunctionReference<
        "mutation",
        "internal",
        { key: string },
        null,
        Name
      >;
      resume: FunctionReference<
        "mutation",
        "internal",
        { key: string },
        null,
        Name
      >;
      set: FunctionReference<
        "mutation",
        "internal",
        {
          adaptive?: boolean;
          concurrency?: number | null;
          key: string;
          per?: number;
          rate?: number | null;
        },
        null,
        Name
      >;
    };
    operators: {
      audit: FunctionReference<
        "query",
        "internal",
        { cursor?: string | null },
        {
          checked: number;
          cursor: string | null;
          violations: Array<{
            invariant: string;
            message: string;
            row: string;
          }>;
        },
        Name
      >;
      bumpEpoch: FunctionReference<
        "mutation",
        "internal",
        { restart?: boolean },
        { epoch: number; seats: number },
        Name
      >;
      cancelAll: FunctionReference<
        "mutation",
        "internal",
        {
          background?: boolean;
          definition?: string;
          dryRun?: boolean;
          limit?: number;
          shard?: number;
        },
        {
          continues: boolean;
          cursor: string | null;
          dryRun: boolean;
          settled: number;
        },
        Name
      >;
      cleanupAll: FunctionReference<
        "mutation",
        "internal",
        {
          background?: boolean;
          definition?: string;
          dryRun?: boolean;
          from?: number;
          limit?: number;
          shard?: number;
          state?: "failed" | "canceled" | "completed";
          to?: number;
        },
        {
          continues: boolean;
          cursor: string | null;
          dryRun: boolean;
          settled: number;
        },
        Name
      >;
      clearReplayQueue: FunctionReference<
        "mutation",
        "internal",
        {
          background?: boolean;
          definition?: string;
          dryRun?: boolean;
          limit?: number;
          shard?: number;
        },
        {
          continues: boolean;
          cursor: string | null;
          dryRun: boolean;
          settled: number;
        },
        Name
      >;
      clearTaskQueue: FunctionReference<
        "mutation",
        "internal",
        {
          background?: boolean;
          definition?: string;
          dryRun?: boolean;
          limit?: number;
          shard?: number;
        },
        {
          continues: boolean;
          cursor: string | null;
          dryRun: boolean;
          settled: number;
        },
        Name
      >;
      continueBulk: FunctionReference<
        "mutation",
        "internal",
        { cursor: string },
        {
          continues: boolean;
          cursor: string | null;
          dryRun: boolean;
          settled: number;
        },
        Name
      >;
      diagnose: FunctionReference<
        "query",
        "internal",
        { fromShard?: number },
        {
          busy: Array<{
            callbacks: number;
            claims: number;
            dueTimers: number;
            nextTimerAt?: number;
            oldestCallbackAgeMs?: number;
            oldestReplayAgeMs?: number;
            oldestTaskAgeMs?: number;
            replays: number;
            shard: number;
            tasks: number;
            timerTrouble?: string;
          }>;
          countedTo: number;
          findings: Array<{ advice: string; code: string; seat?: number }>;
          gates: Array<{
            closedForMs?: number;
            declared: {
              adaptive?: boolean;
              concurrency?: number;
              per?: number;
              rate?: number;
            };
            effective?: { agoMs: number; per: number; rate: number };
            isOverridden: boolean;
            key: string;
            limits: {
              adaptive?: boolean;
              concurrency?: number;
              per?: number;
              rate?: number;
            };
            observed?: {
              agoMs: number;
              per: number;
              rate: number;
              remaining?: number;
            };
            paused: boolean;
            refusedAgoMs?: number;
          }>;
          isWatched: boolean;
          nextShard: number | null;
          parked: Array<{
            definition: string;
            id: string;
            parkedBy?: string;
            reason: string;
          }>;
          parkedCallbacks: Array<{
            attempts: number;
            definition: string;
            error?: string;
            workflow: string;
          }>;
          paused: Array<string>;
          seats: Array<{
            current: {
              claims: number;
              commits?: number;
              death?: string;
              executor: string;
              heartbeatAgeMs?: number;
              job: string;
              jobError?: string;
            } | null;
            deaths?: number;
            draining: Array<{
              claims: number;
              commits?: number;
              death?: string;
              executor: string;
              heartbeatAgeMs?: number;
              job: string;
              jobError?: string;
            }>;
            epoch: number;
            notBefore?: number;
            seat: number;
            slots: number;
            slotsMax?: number;
            state: string;
            wakeAt?: number;
          }>;
          shards: number;
        },
        Name
      >;
      failPendingTasks: FunctionReference<
        "mutation",
        "internal",
        {
          background?: boolean;
          definition?: string;
          dryRun?: boolean;
          includeRunning?: boolean;
          limit?: number;
          shard?: number;
        },
        {
          running: {
            continues: boolean;
            cursor: string | null;
            dryRun: boolean;
            settled: number;
          } | null;
          tasks: {
            continues: boolean;
            cursor: string | null;
            dryRun: boolean;
            settled: number;
          };
        },
        Name
      >;
      pause: FunctionReference<
        "mutation",
        "internal",
        { definition?: string },
        { paused: Array<string> },
        Name
      >;
      restartAll: FunctionReference<
        "mutation",
        "internal",
        {
          background?: boolean;
          definition?: string;
          dryRun?: boolean;
          errorCode?: string;
          errorText?: string;
          from?: number;
          fromFailure?: boolean;
          limit?: number;
          shard?: number;
          state?: "failed" | "canceled" | "completed";
          to?: number;
        },
        {
          continues: boolean;
          cursor: string | null;
          dryRun: boolean;
          settled: number;
        },
        Name
      >;
      resume: FunctionReference<
        "mutation",
        "internal",
        { definition?: string },
        | { started: number }
        | {
            continues: boolean;
            cursor: string | null;
            dryRun: boolean;
            settled: number;
          },
        Name
      >;
      retryOutbox: FunctionReference<
        "mutation",
        "internal",
        {
          background?: boolean;
          definition?: string;
          dryRun?: boolean;
          limit?: number;
          shard?: number;
        },
        {
          continues: boolean;
          cursor: string | null;
          dryRun: boolean;
          settled: number;
        },
        Name
      >;
      startExecutors: FunctionReference<
        "mutation",
        "internal",
        {
          layout?: {
            entry: string;
            incarnations?: number;
            seats?: number;
            shards: number;
            slotsPerShard: number;
          };
        },
        { started: number },
        Name
      >;
      unpark: FunctionReference<
        "mutation",
        "internal",
        {
          background?: boolean;
          definition?: string;
          dryRun?: boolean;
          limit?: number;
          parkedBy?: string;
          shard?: number;
        },
        {
          continues: boolean;
          cursor: string | null;
          dryRun: boolean;
          settled: number;
        },
        Name
      >;
    };
    workflows: {
      cancel: FunctionReference<
        "mutation",
        "internal",
        { graceMs?: number; id: string; reason?: string },
        boolean,
        Name
      >;
      cleanup: FunctionReference<
        "mutation",
        "internal",
        { cancel?: boolean; id: string },
        null,
        Name
      >;
      list: FunctionReference<
        "query",
        "internal",
        {
          cursor?: string | null;
          definition?: string;
          limit?: number;
          order?: "asc" | "desc";
          state?:
            | "pending"
            | "running"
            | "parked"
            | "completed"
            | "failed"
            | "canceled";
        },
        {
          cursor: string | null;
          page: Array<{
            createdAt: number;
            definition: string;
            ending?: {
              kind: "canceled" | "timedOut";
              reason?: string;
              since: number;
              until: number;
            };
            error?: {
              code?: string;
              data?: any;
              dataPreview?: string;
              message: string;
              name: string;
              nonRetryable?: boolean;
              retryAfterMs?: number;
              stack?: string;
            };
            finishedAt?: number;
            gate?: string;
            generation: number;
            id: string;
            key?: string;
            parent?: string;
            shard: number;
            startedAt?: number;
            state:
              | "pending"
              | "running"
              | "parked"
              | "completed"
              | "failed"
              | "canceled";
          }>;
        },
        Name
      >;
      listSteps: FunctionReference<
        "query",
        "internal",
        { cursor?: string | null; limit?: number; workflow: string },
        {
          cursor: string | null;
          page: Array<{
            attempts: number;
            child?: string;
            dueAt?: number;
            failures: number;
            kind:
              | "query"
              | "mutation"
              | "action"
              | "run"
              | "sleep"
              | "workflow"
              | "isolated"
              | "event";
            lastError?: {
              code?: string;
              data?: any;
              dataPreview?: string;
              message: string;
              name: string;
              nonRetryable?: boolean;
              retryAfterMs?: number;
              stack?: string;
            };
            name: string;
            number: number;
            outcome?:
              | { kind: "completed"; value: any }
              | {
                  error: {
                    code?: string;
                    data?: any;
                    dataPreview?: string;
                    message: string;
                    name: string;
                    nonRetryable?: boolean;
                    retryAfterMs?: number;
                    stack?: string;
                  };
                  kind: "failed";
                };
            preview?: string;
            settledAt?: number;
            startedAt: number;
            state: "running" | "completed" | "failed" | "canceled";
          }>;
        },
        Name
      >;
      restart: FunctionReference<
        "mutation",
        "internal",
        { fromFailure?: boolean; fromStep?: number | string; id: string },
        number,
        Name
      >;
      sendEvent: FunctionReference<
        "mutation",
        "internal",
        {
          id?: string;
          name: string;
          outcome:
            | { kind: "completed"; value: any }
            | {
                error: {
                  code?: string;
                  data?: any;
                  dataPreview?: string;
                  message: string;
                  name: string;
                  nonRetryable?: boolean;
                  retryAfterMs?: number;
                  stack?: string;
                };
                kind: "failed";
              };
          workflow: string;
        },
        "delivered" | "kept" | "duplicate" | "finished",
        Name
      >;
      start: FunctionReference<
        "mutation",
        "internal",
        {
          definition: string;
          items: Array<{
            args: any;
            gate?: {
              key: string;
              limits: {
                adaptive?: boolean;
                concurrency?: number;
                per?: number;
                rate?: number;
              };
              weight: number;
            };
            graceMs?: number;
            key?: string;
            onComplete?: { context?: any; fn: string };
            priority?: number;
            retentionMs?: number;
            timeoutMs?: number;
          }>;
          layout: {
            entry: string;
            incarnations?: number;
            seats?: number;
            shards: number;
            slotsPerShard: number;
          };
        },
        Array<string>,
        Name
      >;
      status: FunctionReference<
        "query",
        "internal",
        { id: string },
        {
          createdAt: number;
          definition: string;
          ending?: {
            kind: "canceled" | "timedOut";
            reason?: string;
            since: number;
            until: number;
          };
          error?: {
            code?: string;
            data?: any;
            dataPreview?: string;
            message: string;
            name: string;
            nonRetryable?: boolean;
            retryAfterMs?: number;
            stack?: string;
          };
          finishedAt?: number;
          gate?: string;
          generation: number;
          id: string;
          key?: string;
          parent?: string;
          queue?: {
            ahead: number;
            isAtLeast: boolean;
            since: number;
            waitsTo: "begin" | "advance";
          };
          result?: any;
          running: Array<{
            attempts: number;
            dueAt?: number;
            gate?: string;
            kind:
              | "query"
              | "mutation"
              | "action"
              | "run"
              | "sleep"
              | "workflow"
              | "isolated"
              | "event";
            lastError?: {
              code?: string;
              data?: any;
              dataPreview?: string;
              message: string;
              name: string;
              nonRetryable?: boolean;
              retryAfterMs?: number;
              stack?: string;
            };
            name: string;
            number: number;
            since: number;
            startedAt: number;
            waitsFor:
              | "attempt"
              | "gate"
              | "executor"
              | "backoff"
              | "timer"
              | "event"
              | "child"
              | "pool";
          }>;
          shard: number;
          startedAt?: number;
          state:
            | "pending"
            | "running"
            | "parked"
            | "completed"
            | "failed"
            | "canceled";
          status?: any;
          statusAt?: number;
          steps: { done: number; isAtMost: boolean; started: number };
        },
        Name
      >;
    };
  };
