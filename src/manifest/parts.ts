/**
 * The parts that session and run manifests share: what a log was, what code ran, on what machine.
 * @module
 */

/** Life of a session or a run. Only `ended` and `recovered` are evidence. */
export type ManifestStatus = 'running' | 'ended' | 'recovered' | 'quarantined';

/** One sealed segment, as its footer states it and as its bytes were verified. */
export interface SegmentBinding {
  /** Bytes before the footer: `head -c BYTES FILE | sha256sum` gives `sha256`. */
  readonly bytes: number;
  /** First `seq` the segment may hold. */
  readonly first: number;
  /** Chain value at the end of the segment (64 hex digits). */
  readonly h: string;
  /** Last `seq` in it; `first - 1` when it holds no event. */
  readonly last: number;
  /** Events in it. */
  readonly n: number;
  /** File name inside the log's folder. */
  readonly name: string;
  /** Receive time of its first event, µs since the epoch; null when it holds none. */
  readonly rx0: number | null;
  /** Receive time of its last event, µs since the epoch; null when it holds none. */
  readonly rx1: number | null;
  /** Segment number: 1, 2, 3, ... */
  readonly seg: number;
  /** SHA-256 of those bytes (64 hex digits). */
  readonly sha256: string;
  /** Its file was removed; absent while it is held. Only segments at the front can be. */
  readonly status?: 'expired';
  /** Why it was sealed; null for a segment that is not sealed. */
  readonly why: 'rotate' | 'close' | 'recovered' | null;
}

/** A log, bound by the checksum of every segment and by the end of its hash chain. */
export interface LogBinding {
  /** End of the hash chain (64 hex digits). */
  readonly chainHead: string;
  /** Folder of the log, relative to the folder the manifest binds (`/` separators). */
  readonly dir: string;
  /** Last `seq` in the log; 0 for an empty one. */
  readonly lastSeq: number;
  /** Events of each type. */
  readonly perType: Readonly<Record<string, number>>;
  readonly segments: readonly SegmentBinding[];
  readonly totalEvents: number;
  /** Random id of the log (32 hex digits); two logs with equal events never share it. */
  readonly walId: string;
}

/** When written bytes count as kept: after each flush, in intervals, or when the system likes. */
export type DurabilityPolicy =
  | { readonly kind: 'always' }
  | { readonly kind: 'interval'; readonly bytes: number; readonly ms: number }
  | { readonly kind: 'os' };

/** Version and fingerprint of the schema of each event type. */
export type SchemaBinding = Readonly<
  Record<string, { readonly sha256: string; readonly sv: number }>
>;

/** The instruments of a session, as a file of canonical JSON. */
export interface UniverseBinding {
  /** Receive time of the last Instrument event it reflects, µs; null when there is none. */
  readonly asOf: number | null;
  readonly count: number;
  /** File name, relative to the session's folder. */
  readonly path: string;
  readonly sha256: string;
}

/** State of the git working tree the strategy came from: evidence, not the code's identity. */
export interface GitEvidence {
  readonly branch: string;
  readonly commit: string;
  /** SHA-256 of `git diff --binary HEAD`. */
  readonly diffSha256: string;
  /** True when anything differs from the commit. A dirty run cannot be promoted. */
  readonly dirty: boolean;
  readonly tree: string;
  /** Files git does not know, with their SHA-256 (null when too large to hash). */
  readonly untracked: readonly { readonly path: string; readonly sha256: string | null }[];
  /** How many such files there are; the list above holds the first 256. */
  readonly untrackedCount: number;
}

/** Files of one body of code and the hash that names them. */
export interface CodeBody {
  /** SHA-256 over name, version, files, lock, runtime and upcasters. */
  readonly codeHash: string;
  /** How many files went into the hash. */
  readonly fileCount: number;
  /** SHA-256 over the sorted `[path, sha256]` list alone. */
  readonly filesSha256: string;
  /** SHA-256 of the lock file, or of the resolved dependencies when there is none. */
  readonly lock: string | null;
  readonly name: string;
  readonly version: string;
}

/** The code that ran: this package and the strategy's own module. */
export interface CodeEvidence {
  /** SHA-256 over the code hashes of both bodies: the one value to compare. */
  readonly codeHash: string;
  readonly git: GitEvidence | null;
  readonly package: CodeBody;
  readonly strategy: CodeBody | null;
}

/** The machine and runtime. Recorded for explanation: no decision may depend on any of it. */
export interface EnvEvidence {
  readonly arch: string;
  readonly cpu: string;
  readonly cpuCount: number;
  /** Type of the file system that holds the log, e.g. `ext4`. */
  readonly fs: string;
  readonly icu: string;
  readonly locale: string;
  readonly os: string;
  readonly openssl: string;
  /** Runtime and its version, e.g. `node 20.20.2`. */
  readonly runtime: string;
  /** Time zone the process ran in, e.g. `UTC`. */
  readonly tz: string;
  /** Version of the time-zone data, e.g. `2025b`. */
  readonly tzdata: string;
  readonly unicode: string;
  readonly uv: string;
  readonly v8: string;
}
