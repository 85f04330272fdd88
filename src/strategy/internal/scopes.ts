import type { EngineState } from './engine-state.js';

const KINDS = ['account', 'strategy', 'venue', 'instrument'] as const;

/** True for a scope key that can exist in this run. */
export function isScope(engine: EngineState, scope: string): boolean {
  if (scope === 'all') return true;
  const at = scope.indexOf(':');
  const kind = KINDS.find((word) => word === scope.slice(0, at));
  const name = scope.slice(at + 1);
  if (kind === undefined || name === '') return false;
  if (kind === 'strategy') return name === engine.strategyId;
  if (kind === 'account') return name === engine.account;
  if (kind === 'instrument') return engine.instruments.has(name);
  // A misspelt venue would be halted by name and go on trading.
  return [...engine.instruments.values()].some(({ venue }) => venue === name);
}

/** Instruments of a scope among those held or worked in. */
export function heldIn(engine: EngineState, scope: string): readonly string[] {
  return engine.held().filter((inst) => {
    if (scope.startsWith('instrument:')) return scope === `instrument:${inst}`;
    if (!scope.startsWith('venue:')) return true;
    return scope === `venue:${engine.instruments.get(inst)?.venue ?? ''}`;
  });
}
