/**
 * What an app imports from `convex-executor`. Owns nothing; names the public surface.
 */
export { Executor } from "./executor.js";
export type { StartOptions } from "./batch.js";
export {
  vOnCompleteArgs,
  vResultValidator,
  type CancelOptions,
  type OnComplete,
  type OnCompleteArgs,
} from "./completion.js";
export type { ExecutorOptions } from "./options.js";
export type {
  ActionStepOptions,
  CodeStepOptions,
  StepContext,
  StepOptions,
  TransactionStepOptions,
} from "./step.js";
export type { RunContext } from "./runContext.js";
export type { ActionConfig, InProcessActionCtx } from "./action.js";
export { defineEvent, vEventId } from "./events.js";
export type {
  AwaitEventOptions,
  EventId,
  EventSpec,
  ReceivedEvent,
  SendEventArgs,
} from "./events.js";
export type { DefinitionConfig, Handler } from "./definition.js";
export { vWorkflowId } from "./types.js";
export type {
  ExecutorComponent,
  ListArgs,
  ListStepsArgs,
  SentEvent,
  Started,
  StepPage,
  Violation,
  WorkflowId,
  WorkflowPage,
  WorkflowReference,
  WorkflowResult,
  WorkflowStatus,
} from "./types.js";
export {
  getErrorCode,
  isExecutorError,
  type ErrorCode,
  type ExecutorError,
  type ExecutorErrorData,
} from "../shared/errors.js";
export type { GateOption } from "../shared/gateOptions.js";
export type { ProviderLimits } from "../shared/limits.js";
export { isCanceled } from "../shared/ends.js";
export {
  toTraceIds,
  type LogLevel,
  type Traced,
  type Transition,
  type TransitionName,
} from "../shared/transitions.js";
export type { RetryOption, RetryPolicy } from "../shared/retry.js";
export { isStepError, StepError } from "../shared/thrown.js";
