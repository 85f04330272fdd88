/**
 * What is signed: an in-toto Statement v1 that names every file of a run or session by hash, with a
 * predicate that says who approved it under which policy.
 * @module
 */
import * as z from 'zod/mini';
import {
  canonicalIntegerJson,
  encodeUtf8,
  escapeControl,
  isQuantlaxmiError,
  LIMITS,
  parseStrictJson,
  QuantlaxmiError,
} from '../core/index.js';
import { hash, list, name, text } from './internal/part-schemas.js';
import { manifestPaths } from './paths.js';
import type { GateBinding, RunManifest } from './run-manifest.js';
import type { SessionManifest } from './session-manifest.js';

/** `_type` of an in-toto statement. */
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
/** Payload type of a signed in-toto statement. */
export const STATEMENT_PAYLOAD_TYPE = 'application/vnd.in-toto+json';
/** `predicateType` of a statement about a run or a session. */
export const EVIDENCE_PREDICATE_TYPE = 'https://quantlaxmi.dev/attestation/evidence/v1';

/** A file and the SHA-256 (hex) of its bytes. */
export interface StatementSubject {
  readonly digest: { readonly sha256: string };
  /** `run/…` or `session/…`, relative to that folder. */
  readonly name: string;
}

/** What the approver states about the files. */
export interface EvidencePredicate {
  /** Name of a person or role, as they chose it. Who signed is said by the key alone. */
  readonly approver: string;
  /** `code.codeHash` of the manifest. */
  readonly codeHash: string;
  /** Gate reports that the run manifest binds; none for a session. */
  readonly gates: readonly Pick<GateBinding, 'gateId' | 'reportSha256' | 'verdict' | 'version'>[];
  readonly kind: 'run' | 'session';
  /** What had to hold for the signature: these gates, with verdict `pass`. */
  readonly policy: { readonly gates: readonly string[] };
  /** Decision trace hash of the run; null for a session. */
  readonly traceHash: string | null;
}

/** An in-toto statement about a run or a session. */
export interface EvidenceStatement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly predicate: EvidencePredicate;
  readonly predicateType: typeof EVIDENCE_PREDICATE_TYPE;
  /** Sorted by name. */
  readonly subject: readonly StatementSubject[];
}

/** A file that evidence must name. */
export interface SubjectPath {
  readonly name: string;
  /** Path relative to the folder of `root`. */
  readonly path: string;
  readonly root: 'session' | 'run';
  /** A segment may stand compressed; what is hashed is its content. */
  readonly segment: boolean;
}

const subject = () => z.strictObject({ digest: z.strictObject({ sha256: hash() }), name: name() });

const predicate = () =>
  z.strictObject({
    approver: name(),
    codeHash: hash(),
    gates: list(
      z.strictObject({
        gateId: name(),
        reportSha256: hash(),
        verdict: z.enum(['pass', 'fail', 'warn', 'skip', 'notApplicable']),
        version: name(),
      }),
    ),
    kind: z.enum(['run', 'session']),
    policy: z.strictObject({ gates: list(text()) }),
    traceHash: z.nullable(hash()),
  });

/** The schema of a statement; unknown keys are refused. */
export function statementSchema(): z.ZodMiniType<EvidenceStatement> {
  return z.strictObject({
    _type: z.literal(STATEMENT_TYPE),
    predicate: predicate(),
    predicateType: z.literal(EVIDENCE_PREDICATE_TYPE),
    subject: z.array(subject()).check(z.minLength(1), z.maxLength(200_000)),
  });
}

/**
 * Every file that evidence about a run, or about a session, must name: manifests, segments,
 * universe, gate reports. A segment that retention has removed is named by its manifest alone.
 *
 * @param manifests - the session's manifest, and the run's when it is about a run
 * @returns sorted by name, each once
 */
export function subjectPaths(manifests: {
  readonly run?: RunManifest;
  readonly session: SessionManifest;
}): readonly SubjectPath[] {
  const byName = new Map<string, SubjectPath>();
  const add = (root: 'session' | 'run', path: string, segment: boolean): void => {
    const subjectName = `${root}/${path}`;
    byName.set(subjectName, { name: subjectName, path, root, segment });
  };
  for (const manifest of [manifests.session, manifests.run]) {
    if (manifest === undefined) continue;
    add(...manifestPlace(manifest), false);
    const { dir, segments } = 'runId' in manifest ? manifest.decisions.log : manifest.wal;
    const expired = new Set(
      segments
        .filter(({ status }) => status === 'expired')
        .map(({ name: file }) => `${dir}/${file}`),
    );
    for (const { field, path, root } of manifestPaths(manifest)) {
      // A folder is named through the files in it.
      if (field.endsWith('.dir') || field === 'inputs.walPath' || expired.has(path)) continue;
      add(root, path, field.endsWith('.name') && !field.startsWith('raw.'));
    }
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const manifestPlace = (manifest: RunManifest | SessionManifest): ['session' | 'run', string] =>
  'runId' in manifest ? ['run', 'run_manifest.json'] : ['session', 'session_manifest.json'];

/**
 * The statement about a run or session.
 *
 * @param manifest - the run's manifest, or the session's
 * @param parts - hashes of the files by subject name, approver, gates that had to pass
 * @throws QuantlaxmiError QL_EVIDENCE_STATEMENT when a gate of the policy is not bound as passed
 */
export function evidenceStatement(
  manifest: RunManifest | SessionManifest,
  parts: {
    readonly approver: string;
    readonly digests: ReadonlyMap<string, string>;
    readonly gates: readonly string[];
  },
): EvidenceStatement {
  const run = 'runId' in manifest ? manifest : null;
  const gates = (run?.gates ?? []).map(({ gateId, reportSha256, verdict, version }) => ({
    gateId,
    reportSha256,
    verdict,
    version,
  }));
  const statement: EvidenceStatement = {
    _type: STATEMENT_TYPE,
    predicate: {
      approver: parts.approver,
      codeHash: manifest.code.codeHash,
      gates,
      kind: run === null ? 'session' : 'run',
      policy: { gates: [...new Set(parts.gates)].sort() },
      traceHash: run?.decisions.traceHash ?? null,
    },
    predicateType: EVIDENCE_PREDICATE_TYPE,
    subject: [...parts.digests.keys()]
      .sort()
      .map((file) => ({ digest: { sha256: parts.digests.get(file) as string }, name: file })),
  };
  const open = unmetPolicy(statement.predicate);
  if (open.length > 0) throw refusal('statement', open.join('; '));
  checkShape(statement, 'statement');
  return statement;
}

/** Gates of the policy that are not bound as passed. */
function unmetPolicy({ gates, policy }: EvidencePredicate): string[] {
  return policy.gates.flatMap((gateId) => {
    const verdict = gates.find((gate) => gate.gateId === gateId)?.verdict;
    if (verdict === 'pass') return [];
    return [`gate ${gateId} has verdict ${verdict ?? 'none'}; the policy asks for pass`];
  });
}

function refusal(label: string, why: string, cause?: unknown): QuantlaxmiError {
  const details = cause === undefined ? {} : { cause };
  return new QuantlaxmiError('QL_EVIDENCE_STATEMENT', `${label}: ${why}`, details);
}

function checkShape(value: unknown, label: string): asserts value is EvidenceStatement {
  const outcome = statementSchema().safeParse(value);
  if (outcome.success) return;
  const issue = outcome.error.issues[0];
  const field = escapeControl((issue?.path.join('.') ?? '').slice(0, 200));
  throw refusal(label, `field ${field || 'statement'}: ${escapeControl(issue?.message ?? '')}`);
}

/**
 * The bytes that are signed: canonical JSON.
 *
 * @param statement - a statement
 */
export function encodeStatement(statement: EvidenceStatement): Uint8Array {
  return encodeUtf8(canonicalIntegerJson(statement));
}

/**
 * Reads a statement from bytes whose signature was verified.
 *
 * @param payload - `payload` of a `VerifiedEnvelope`
 * @param label - how errors name it
 * @throws QuantlaxmiError QL_EVIDENCE_STATEMENT when it is none, names a file twice, or states a
 * policy that its own gates do not meet
 * @example
 * ```ts
 * import { encodeUtf8, isQuantlaxmiError } from 'quantlaxmi/core';
 * import { parseStatement } from 'quantlaxmi/manifest';
 *
 * let code = '';
 * try {
 *   parseStatement(encodeUtf8('{"_type":"https://in-toto.io/Statement/v0.1"}'));
 * } catch (error) {
 *   if (isQuantlaxmiError(error)) code = error.code;
 * }
 * code; // => 'QL_EVIDENCE_STATEMENT'
 * ```
 */
export function parseStatement(payload: Uint8Array, label = 'statement'): EvidenceStatement {
  let value: unknown;
  try {
    value = parseStrictJson(payload, { maxBytes: LIMITS.envelopeBytes });
  } catch (cause) {
    if (!isQuantlaxmiError(cause)) throw cause;
    throw refusal(label, cause.message, cause);
  }
  checkShape(value, label);
  const names = new Set(value.subject.map((item) => item.name));
  if (names.size !== value.subject.length) throw refusal(label, 'a subject is named twice');
  const open = unmetPolicy(value.predicate);
  if (open.length > 0) throw refusal(label, open.join('; '));
  return value;
}
