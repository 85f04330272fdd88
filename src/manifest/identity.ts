/** Names derived from content: equal inputs give equal ids, on any machine. @module */
import { canonicalIntegerJson, deriveId, sha256Hex } from '../core/index.js';
import type { ConfigBinding, PolicyBinding, RunManifest } from './run-manifest.js';

/** What a run's configuration consists of. */
export interface RunConfigParts {
  readonly config: Pick<ConfigBinding, 'sha256'>;
  readonly risk: Pick<PolicyBinding, 'sha256'>;
  /** Seeds as decimal digits. */
  readonly seeds: Readonly<Record<string, string>>;
  readonly strategyId: string;
  readonly venue: Pick<PolicyBinding, 'sha256'>;
}

/**
 * SHA-256 (hex) over everything the operator chose: configuration, risk policy, venue model,
 * strategy and seeds. The decision trace starts from it, so two runs configured differently
 * cannot share a trace hash even when they decide the same.
 *
 * @param parts - the bindings of each
 */
export function runConfigHashOf(parts: RunConfigParts): string {
  return sha256Hex(
    canonicalIntegerJson({
      config: parts.config.sha256,
      risk: parts.risk.sha256,
      seeds: parts.seeds,
      strategy: parts.strategyId,
      v: 1,
      venue: parts.venue.sha256,
    }),
  );
}

/**
 * Id of a run: a pure function of the session and the configuration.
 *
 * @param sessionManifestHash - `manifestHash` of the session it reads
 * @param runConfigHash - as {@link runConfigHashOf}
 */
export function deriveRunId(sessionManifestHash: string, runConfigHash: string): string {
  return deriveId('run-', sessionManifestHash, runConfigHash);
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

function hashOf(value: unknown): string {
  return sha256Hex(canonicalIntegerJson(value));
}

/**
 * The bindings that a run manifest records.
 *
 * @param manifest - a run manifest
 */
export function bindingsOf(
  manifest: Pick<RunManifest, 'inputs' | 'runConfigHash' | 'code' | 'upcasters' | 'env'>,
): RunBindings {
  return {
    inputs: hashOf(manifest.inputs),
    config: manifest.runConfigHash,
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
