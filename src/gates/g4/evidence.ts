/**
 * What G4 is shown. Nothing here touches a file or a socket: the caller hands in readers and
 * probes.
 * @module
 */
import type { HasherFactory, Secret } from '../../core/index.js';
import type { CodeEvidence, EnvEvidence } from '../../manifest/index.js';
import type { WalVerification } from '../../wal/index.js';

/** A folder of artefacts. Paths are relative to it, `/` separated. */
export interface ArtefactFolder {
  /** Every regular file under it. */
  readonly list: () => Promise<readonly string[]>;
  /** Bytes of a file in chunks; compressed files are unpacked. */
  readonly read: (path: string) => AsyncIterable<Uint8Array>;
}

/** A manifest's folder, the manifest's name in it, and its log verified anew. */
export interface BoundFolder {
  readonly files: ArtefactFolder;
  /** e.g. `session_manifest.json`. */
  readonly manifestPath: string;
  /** The log read and checked from its bytes, with `expectSealed`. */
  readonly verifyLog: () => Promise<WalVerification>;
}

/** Answer of a probe. */
export interface ProbeResult {
  readonly ok: boolean;
  /** What answered, or what went wrong. */
  readonly detail: string;
}

/** Asks something that runs whether it is there. What it throws counts as no. */
export type Probe = () => Promise<ProbeResult>;

/** Evidence for `g4Deployability`. */
export interface DeploymentEvidence {
  readonly session: BoundFolder;
  readonly run: BoundFolder;
  /** The code as it stands now. */
  readonly code: CodeEvidence;
  /** The machine as it is now. */
  readonly env: EnvEvidence;
  /** The configuration that would be deployed. */
  readonly config: {
    /** SHA-256 of its redacted canonical form, as `bindConfig` computes it. */
    readonly sha256: string;
    /** Why the strategy refuses it; null when it accepts it. */
    readonly problem: string | null;
  };
  readonly killSwitch: Probe;
  readonly exporter: Probe;
  /** Secrets this process holds, by name: none of their values may stand in any artefact. */
  readonly secrets: Readonly<Record<string, Secret<string>>>;
  readonly hasher: HasherFactory;
}
