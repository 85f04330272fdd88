/**
 * The strategy contract, the pure step that runs it, and the runner that logs, then acts.
 * @module
 */
export {
  ENGINE_SOURCE,
  type InitContext,
  type MarketEvent,
  type OwnEvent,
  type Step,
  type StepAction,
  type StepContext,
  type Strategy,
  type StrategyEvent,
  type StrategyOutput,
  type StrategyTimer,
  TIMER_SOURCE,
} from './types.js';
