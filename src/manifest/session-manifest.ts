/**
 * `session_manifest.json`: one per capture session. A draft at the start, sealed at the end.
 * @module
 */
import type {
  CodeEvidence,
  DurabilityPolicy,
  EnvEvidence,
  LogBinding,
  ManifestStatus,
  SchemaBinding,
  UniverseBinding,
} from './parts.js';

/** Format name of a session manifest. */
export const SESSION_MANIFEST_FORMAT = 'quantlaxmi-session/1';

/** Where the receive times come from and how wrong they may be. */
export interface ClockEvidence {
  /** Largest error the source claims, µs; null when it claims none. */
  readonly errorMaxUs: number | null;
  /** `system`, `ntp`, `ptp`, `recording` (times were in the raw recording) or `manual`. */
  readonly kind: 'system' | 'ntp' | 'ptp' | 'recording' | 'manual';
  /** Measured offset against the reference, µs; null when nothing measured it. */
  readonly offsetUs: number | null;
}

/** Exponents, tick and lot of one instrument, as the session's last record of it states them. */
export interface ScaleBinding {
  readonly inferred: boolean;
  readonly inst: string;
  readonly lot: number;
  readonly priceExponent: number;
  readonly qtyExponent: number;
  readonly tick: number;
}

/** How the facts were captured. Counts are taken from the log itself when it is sealed. */
export interface CaptureEvidence {
  readonly clock: ClockEvidence;
  readonly durability: DurabilityPolicy;
  /** Host the feed was read from, without credentials; null for a recording. */
  readonly endpoint: string | null;
  readonly feed: { readonly name: string; readonly version: string };
  readonly gaps: number;
  readonly malformed: number;
  readonly reconnects: number;
  /** Bytes set aside by recoveries; 0 when the log was never torn. */
  readonly recoveredDroppedBytes: number;
  readonly scales: readonly ScaleBinding[];
  readonly subscriptions: readonly string[];
  /** Time zone of the session's calendar dates, e.g. `UTC`, `Asia/Kolkata`. */
  readonly timezone: string;
  readonly venues: readonly string[];
}

/** One part of a raw record, as its bytes were when the session was sealed. */
export interface RawPartBinding {
  readonly bytes: number;
  /** Lines that can be read, heads included. */
  readonly lines: number;
  /** File name inside the record's folder. */
  readonly name: string;
  /** Time of its first line, µs since the epoch; null when none can be read. */
  readonly rx0: number | null;
  /** Time of its last line, µs since the epoch; null when none can be read. */
  readonly rx1: number | null;
  readonly sha256: string;
  /** False when its end is missing: the process that wrote it was killed. */
  readonly whole: boolean;
}

/** What came from the venue before anything was made of it, in compressed parts. */
export interface RawBinding {
  /** Folder of the parts, relative to the session's (`/` separators). */
  readonly dir: string;
  /** Format of the lines. */
  readonly fmt: 'quantlaxmi.raw/1';
  /** In order; empty until the session is sealed. */
  readonly parts: readonly RawPartBinding[];
}

/** A session manifest without its hash. */
export interface SessionManifestBody {
  /** SHA-256 of the trading calendar; null where the venue trades around the clock. */
  readonly calendar: { readonly sha256: string } | null;
  readonly capture: CaptureEvidence;
  readonly code: CodeEvidence;
  /** When the session was opened, µs since the epoch. Informational. */
  readonly createdAt: number;
  readonly env: EnvEvidence;
  readonly fmt: typeof SESSION_MANIFEST_FORMAT;
  readonly parentSessionId: string | null;
  /** Hash of the revision before; null for the first. */
  readonly prevManifestHash: string | null;
  /** Absent when no raw record was kept. */
  readonly raw?: RawBinding;
  /** 1 for the draft, +1 for every state that replaced it. */
  readonly revision: number;
  readonly schemas: SchemaBinding;
  /** When it was sealed, µs since the epoch; null while running. Informational. */
  readonly sealedAt: number | null;
  readonly sessionId: string;
  readonly status: ManifestStatus;
  /** Null until the session is sealed. */
  readonly universe: UniverseBinding | null;
  readonly wal: LogBinding;
}

/** A session manifest as the file holds it. */
export interface SessionManifest extends SessionManifestBody {
  /** SHA-256 of the canonical JSON of everything else. */
  readonly manifestHash: string;
}
