import { canonicalJson, isForbiddenKey, isWellFormed, QuantlaxmiError } from '../../core/index.js';
import type { StrategyOutput, StrategyTimer } from '../types.js';

/** Most intents of one decision: the record must fit a log line. */
const INTENTS_MAX = 1000;
const FEATURES_MAX = 256;

export function outputError(strategyId: string, found: string): QuantlaxmiError {
  return new QuantlaxmiError(
    'QL_STRATEGY_OUTPUT',
    `Strategy ${strategyId} returned ${found}; expected null or { state, intents?, features?, ` +
      'timers?, decide?, regime?, profile? }. Correct onEvent.',
    { context: { strategyId } },
  );
}

/** The output as returned, or an error that names what is wrong with its outer shape. */
export function checkOutput<S>(strategyId: string, output: unknown): StrategyOutput<S> {
  if (typeof output !== 'object' || output === null || !('state' in output)) {
    throw outputError(strategyId, `${typeof output} without a state`);
  }
  const { intents, timers } = output as StrategyOutput<S>;
  if (intents !== undefined && !Array.isArray(intents)) {
    throw outputError(strategyId, 'intents that are no array');
  }
  if (intents !== undefined && intents.length > INTENTS_MAX) {
    throw outputError(strategyId, `${intents.length} intents, at most ${INTENTS_MAX}`);
  }
  if (timers !== undefined && !Array.isArray(timers)) {
    throw outputError(strategyId, 'timers that are no array');
  }
  return output as StrategyOutput<S>;
}

/** A timer as the runner may keep it: due later than `afterUs`. */
export function checkTimer(
  strategyId: string,
  timer: StrategyTimer,
  afterUs: number,
): StrategyTimer {
  const id: unknown = timer?.id;
  const dueUs: unknown = timer?.dueUs;
  if (typeof id !== 'string' || id === '' || id.length > 128) {
    throw outputError(strategyId, 'a timer without an id of 1 to 128 characters');
  }
  if (typeof dueUs !== 'number' || !Number.isSafeInteger(dueUs) || dueUs < 0) {
    throw outputError(strategyId, `timer ${id} due at ${String(dueUs)}, no integer of µs`);
  }
  if (dueUs <= afterUs) {
    throw outputError(
      strategyId,
      `timer ${id} due at ${dueUs} from a Timer event at ${afterUs}, where only a later due time ` +
        'is taken, since one at once would fire for ever',
    );
  }
  return { id, dueUs };
}

/** Text as the log can hold it. */
export function checkText(strategyId: string, field: string, value: unknown): string {
  if (typeof value === 'string' && isWellFormed(value)) return value;
  throw outputError(strategyId, `a ${field} that is no Unicode text`);
}

/** Features with sorted keys; a binary64 becomes its shortest round-trip text. */
export function featuresOf(
  strategyId: string,
  features: Readonly<Record<string, number | string>> | undefined,
): Readonly<Record<string, number | string>> {
  if (features === undefined) return {};
  const keys = Object.keys(features).sort();
  if (keys.length > FEATURES_MAX) throw outputError(strategyId, `${keys.length} features`);
  const sorted: Record<string, number | string> = {};
  for (const key of keys) {
    const value = features[key];
    if (isForbiddenKey(key) || !isWellFormed(key)) {
      throw outputError(strategyId, `a feature named ${JSON.stringify(key)}`);
    }
    if (typeof value === 'string') sorted[key] = checkText(strategyId, key, value);
    else if (typeof value !== 'number')
      throw outputError(strategyId, `a feature ${key} of no type`);
    else sorted[key] = Number.isSafeInteger(value) && !Object.is(value, -0) ? value : String(value);
  }
  return sorted;
}

/** Canonical text of a strategy's state, for the state hash. */
export function stateText(strategyId: string, snapshot: unknown): string {
  try {
    return canonicalJson(snapshot);
  } catch (cause) {
    throw new QuantlaxmiError(
      'QL_STRATEGY_OUTPUT',
      `The state of strategy ${strategyId} is not plain JSON, so it cannot be hashed; keep plain ` +
        'data in it or give the strategy a snapshot function.',
      { cause, context: { strategyId } },
    );
  }
}
