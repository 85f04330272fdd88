/**
 * The strategy contract, the pure step that runs it, and the runner that logs, then acts.
 * @module
 */
export { cancelOrder, defineStrategy, limitOrder, marketOrder, type OrderParts } from './define.js';
export { KILL_SWITCH_REASON } from './internal/held-back.js';
export { STRATEGY_REASONS, type StrategyReason } from './reasons.data.js';
export { createRunner, resumeRunner } from './runner.js';
export type {
  ResumePoint,
  RunLog,
  Runner,
  RunnerOptions,
  RunSummary,
} from './runner-types.js';
export { createStep, type StepOptions } from './step.js';
export {
  CHECKPOINT_EVERY,
  createTrace,
  runConfigHash,
  type Trace,
  type TraceCheckpoint,
} from './trace.js';
export {
  ENGINE_SOURCE,
  ENGINE_TIMER_SOURCE,
  type InitContext,
  type MarketEvent,
  type OwnEvent,
  type SendAction,
  type SendGuard,
  type Step,
  type StepAction,
  type StepContext,
  type Strategy,
  type StrategyEvent,
  type StrategyOutput,
  type StrategyTimer,
  TIMER_SOURCE,
} from './types.js';
