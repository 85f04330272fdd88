/** Names derived from content: equal inputs give equal ids, on any machine. @module */
import { canonicalIntegerJson, deriveId, sha256Hex } from '../core/index.js';
import type { ConfigBinding, PolicyBinding, RunManifest } from './run-manifest.js';

function hashOf(value: unknown): string {
  return sha256Hex(canonicalIntegerJson(value));
}

/** What the operator of a run chose. */
export interface RunChoices {
  /** Starting cash: currency → decimal text. */
  readonly cash: Readonly<Record<string, string>>;
  readonly config: Pick<ConfigBinding, 'sha256'>;
  readonly risk: Pick<PolicyBinding, 'sha256'>;
  /** Seeds as decimal digits. */
  readonly seeds: Readonly<Record<string, string>>;
  readonly strategy: { readonly id: string };
  readonly venue: Pick<PolicyBinding, 'sha256'>;
}

/**
 * SHA-256 (hex) over everything the operator of a run chose: configuration, starting cash, risk
 * policy, venue model, strategy and seeds. The strategy's version is not in it: that is code.
 *
 * @param choices - the bindings of each; a run manifest fits
 */
export function choicesHashOf(choices: RunChoices): string {
  return hashOf({
    cash: choices.cash,
    config: choices.config.sha256,
    risk: choices.risk.sha256,
    seeds: choices.seeds,
    strategy: choices.strategy.id,
    v: 1,
    venue: choices.venue.sha256,
  });
}

/**
 * Id of a run: a pure function of the session it reads and of what the operator chose.
 *
 * @param sessionManifestHash - `manifestHash` of the session
 * @param choices - configuration, policies, seeds
 * @example
 * ```ts
 * import { bindConfig, bindPolicy, deriveRunId } from 'quantlaxmi/manifest';
 *
 * const choices = {
 *   cash: {},
 *   config: bindConfig({ qty: 5 }),
 *   risk: bindPolicy({ checks: [] }),
 *   seeds: { run: '42' },
 *   strategy: { id: 'mm' },
 *   venue: bindPolicy({ kind: 'sim' }),
 * };
 * const id = deriveRunId('ab'.repeat(32), choices);
 * id.length; // => 20
 * id === deriveRunId('ab'.repeat(32), { ...choices, seeds: { run: '43' } }); // => false
 * ```
 */
export function deriveRunId(sessionManifestHash: string, choices: RunChoices): string {
  return deriveId('run-', sessionManifestHash, choicesHashOf(choices));
}

/** Hashes of the four things that may explain a difference between two executions of a run. */
export interface RunBindings {
  readonly inputs: string;
  readonly config: string;
  readonly code: string;
  readonly env: string;
}

/** How one binding of a replay compares with the recorded one. */
export type BindingState = 'same' | 'differs' | 'unchecked';

/**
 * The bindings that a run manifest records.
 *
 * @param manifest - a run manifest
 */
export function bindingsOf(
  manifest: RunChoices & Pick<RunManifest, 'inputs' | 'code' | 'upcasters' | 'env'>,
): RunBindings {
  return {
    inputs: hashOf(manifest.inputs),
    config: choicesHashOf(manifest),
    code: hashOf({ code: manifest.code.codeHash, upcasters: manifest.upcasters.sha256 }),
    env: hashOf(manifest.env),
  };
}

/**
 * Compares the bindings of a replay with the recorded ones; a binding nobody computed is
 * `unchecked`, never `same`.
 *
 * @param recorded - from the run manifest
 * @param current - what the replay ran on
 * @example
 * ```ts
 * import { compareBindings } from 'quantlaxmi/manifest';
 *
 * const recorded = { inputs: 'a', config: 'b', code: 'c', env: 'd' };
 * compareBindings(recorded, { inputs: 'a', code: 'x' });
 * // => { inputs: 'same', config: 'unchecked', code: 'differs', env: 'unchecked' }
 * ```
 */
export function compareBindings(
  recorded: RunBindings,
  current: Partial<RunBindings>,
): Readonly<Record<keyof RunBindings, BindingState>> {
  const state = (key: keyof RunBindings): BindingState => {
    const value = current[key];
    if (value === undefined) return 'unchecked';
    return value === recorded[key] ? 'same' : 'differs';
  };
  return {
    inputs: state('inputs'),
    config: state('config'),
    code: state('code'),
    env: state('env'),
  };
}
