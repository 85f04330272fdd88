/**
 * `run_manifest.json`: one per live, paper, replay or backtest run. It names everything that may
 * have influenced a decision, by hash, and the hash of the decisions themselves.
 * @module
 */
import type {
  CodeEvidence,
  EnvEvidence,
  LogBinding,
  ManifestStatus,
  SchemaBinding,
  UniverseBinding,
} from './parts.js';

/** Format name of a run manifest. */
export const RUN_MANIFEST_FORMAT = 'quantlaxmi-run/1';

/** What kind of run it was. */
export type RunMode = 'live' | 'paper' | 'replay' | 'backtest';

/** Verdict of a gate. */
export type GateVerdict = 'pass' | 'fail' | 'warn' | 'skip' | 'notApplicable';

/** A JSON value that a manifest can hold: integers only, never a float. */
export type IntegerJson =
  | null
  | boolean
  | number
  | string
  | readonly IntegerJson[]
  | { readonly [key: string]: IntegerJson };

/** Facts the run read. Paths are relative to the session's folder. */
export interface InputsBinding {
  /** End of the session log's hash chain when the run read it. */
  readonly chainHead: string;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly walId: string;
  readonly walPath: string;
  /** SHA-256 per segment, in order. */
  readonly walSha256: readonly string[];
}

/** The configuration: what may be shown of it, and hashes of what was used. */
export interface ConfigBinding {
  /** HMAC-SHA-256 of the full form; null when it holds no secret or no key was given. */
  readonly hmacSha256: string | null;
  /** The configuration with every secret replaced by `[secret]`. */
  readonly redacted: IntegerJson;
  /** Where secrets stood, as JSON pointers. */
  readonly secrets: readonly string[];
  /** SHA-256 of the canonical JSON of the redacted form. */
  readonly sha256: string;
}

/** A piece of configuration with a description of its own, e.g. the risk policy or the venue. */
export interface PolicyBinding {
  readonly description: IntegerJson;
  readonly sha256: string;
}

/** Trace hash after `n` engine outputs. */
export interface TraceCheckpointBinding {
  readonly hash: string;
  readonly n: number;
  /** `seq` of that output in the run's log. */
  readonly seq: number;
}

/** What the engine decided. Paths are relative to the run's folder. */
export interface DecisionsBinding {
  readonly checkpoints: readonly TraceCheckpointBinding[];
  /** Decision events. */
  readonly count: number;
  readonly log: LogBinding;
  /** Engine outputs, the ones the trace hash covers. */
  readonly outputs: number;
  /** Decision trace hash: the value a replay must reproduce. */
  readonly traceHash: string;
}

/** Realised result per currency, exact: `mantissa` × 10^`exponent`, as decimal digits. */
export interface MoneyBinding {
  readonly currency: string;
  readonly exponent: number;
  readonly fees: string;
  readonly realized: string;
}

/** What came of it. */
export interface ResultBinding {
  readonly fills: number;
  /** Hash of the engine's state at the end; null when the runner did not report it. */
  readonly finalStateHash: string | null;
  readonly orders: number;
  readonly pnl: readonly MoneyBinding[];
}

/** A gate report, bound by the checksum of its bytes. */
export interface GateBinding {
  readonly gateId: string;
  /** File, relative to the run's folder. */
  readonly reportPath: string;
  readonly reportSha256: string;
  readonly verdict: GateVerdict;
  readonly version: string;
}

/** Outcome of the replay that this run is. */
export interface ReplayBinding {
  /** Class of the first divergence; null when equal. */
  readonly divergence: string | null;
  readonly equal: boolean;
  readonly runId: string;
  readonly traceHash: string;
}

/** Where a killed run went on. */
export interface RestartBinding {
  /** Last session event that had left a record. */
  readonly cause: number;
  /** Last `seq` of the run's log then; 0 where it was empty. */
  readonly lastSeq: number;
}

/** A run manifest without its hash. */
export interface RunManifestBody {
  readonly calendar: { readonly sha256: string } | null;
  /** Starting cash: currency → decimal text. */
  readonly cash: Readonly<Record<string, string>>;
  readonly code: CodeEvidence;
  readonly config: ConfigBinding;
  readonly decisions: DecisionsBinding;
  /** When it ended, µs since the epoch; null while running. Informational. */
  readonly endedAt: number | null;
  readonly env: EnvEvidence;
  readonly fmt: typeof RUN_MANIFEST_FORMAT;
  /** Filled after sealing, by a revision that may change nothing else. */
  readonly gates: readonly GateBinding[];
  readonly inputs: InputsBinding;
  readonly mode: RunMode;
  readonly parent: { readonly manifestHash: string; readonly sessionId: string };
  readonly prevManifestHash: string | null;
  readonly replayOf: ReplayBinding | null;
  /** One for each time the run was killed and went on, oldest first; left out when it never was. */
  readonly restarts?: readonly RestartBinding[] | undefined;
  readonly result: ResultBinding;
  readonly revision: number;
  readonly risk: PolicyBinding;
  /** SHA-256 over everything the step is a function of besides facts: the trace starts there. */
  readonly runConfigHash: string;
  readonly runId: string;
  readonly schemas: SchemaBinding;
  /** Seeds as decimal digits; `run` feeds every component's own stream. */
  readonly seeds: Readonly<Record<string, string>>;
  /** When it started, µs since the epoch. Informational. */
  readonly startedAt: number;
  readonly status: ManifestStatus;
  readonly strategy: { readonly id: string; readonly version: string };
  readonly universe: UniverseBinding | null;
  /** SHA-256 over the upcasters' versions. */
  readonly upcasters: { readonly sha256: string };
  readonly venue: PolicyBinding;
}

/** A run manifest as the file holds it. */
export interface RunManifest extends RunManifestBody {
  /** SHA-256 of the canonical JSON of everything else. */
  readonly manifestHash: string;
}
