/** Signing a run or a session. @module */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LIMITS, QuantlaxmiError, toBase64 } from '../../core/index.js';
import {
  type Envelope,
  encodeEnvelope,
  encodeStatement,
  type EvidenceStatement,
  evidenceStatement,
  type GateBinding,
  parseEnvelope,
  parseStatement,
  preAuthEncoding,
  STATEMENT_PAYLOAD_TYPE,
  subjectPaths,
  verifyEnvelope,
} from '../../manifest/index.js';
import { replaceAtomically, writeOnce } from '../atomic-write.js';
import { RUN_MANIFEST_FILE, SESSION_MANIFEST_FILE } from '../internal/manifest-file.js';
import { readFileCapped } from '../internal/read-file.js';
import { lockFile } from '../lock.js';
import { openRun, type Run } from '../run.js';
import { openSession, type Session } from '../session.js';
import type { SigningKey } from './keys.js';
import { hashSubjects, type SubjectRoots } from './subjects.js';

/** Ending of a signature file: it stands beside the manifest it is named after. */
export const ENVELOPE_SUFFIX = '.dsse.json';

/** Options of {@link signEvidence}. */
export interface SignOptions {
  readonly key: SigningKey;
  /** Name of the person or role that approves. */
  readonly approver: string;
  /** Gates that must be bound with verdict `pass`; none by default. */
  readonly gates?: readonly string[];
  /** The session of a run, when it has moved. */
  readonly session?: string;
}

/** What was signed, and where it stands. */
export interface SignedEvidence {
  readonly envelope: Envelope;
  readonly path: string;
  readonly statement: EvidenceStatement;
}

/** A folder that evidence is about. */
interface Target {
  readonly dir: string;
  readonly manifestFile: string;
  readonly roots: SubjectRoots;
  readonly run: Run | null;
  readonly session: Session;
}

/** Which of the two a folder is; QL_FILE_READ when neither. */
export function manifestFileOf(dir: string): string {
  const found = [RUN_MANIFEST_FILE, SESSION_MANIFEST_FILE].find(
    (name) => existsSync(join(dir, name)) || existsSync(join(dir, name + ENVELOPE_SUFFIX)),
  );
  if (found !== undefined) return found;
  throw new QuantlaxmiError(
    'QL_FILE_READ',
    `${dir}: holds neither ${RUN_MANIFEST_FILE} nor ${SESSION_MANIFEST_FILE}; give a run or session folder`,
    { context: { dir } },
  );
}

async function openTarget(at: string, sessionDir: string | undefined): Promise<Target> {
  const dir = resolve(at);
  const manifestFile = manifestFileOf(dir);
  if (manifestFile === SESSION_MANIFEST_FILE) {
    const session = await openSession(dir);
    return { dir, manifestFile, roots: { run: null, session: dir }, run: null, session };
  }
  const given = sessionDir === undefined ? {} : { session: await openSession(sessionDir) };
  const run = await openRun(dir, given);
  const roots = { run: dir, session: run.session.dir };
  return { dir, manifestFile, roots, run, session: run.session };
}

/** Refuses to sign what does not hold: an approver may believe that somebody has looked. */
async function assertHolds({ dir, run, session }: Target): Promise<void> {
  for (const part of [session, run]) {
    if (part === null) continue;
    const { ok, wal, differences } = await part.verify();
    if (ok) continue;
    const [problem] = wal.problems;
    if (problem !== undefined) {
      const { code, message, file, byte, seq } = problem;
      throw new QuantlaxmiError(code, message, { context: { dir: part.dir, file, byte, seq } });
    }
    throw new QuantlaxmiError(
      'QL_MANIFEST_HASH',
      `${part.dir}: log and manifest differ in ${differences[0]?.path ?? 'something'}; nothing was signed`,
      { context: { dir } },
    );
  }
}

function assertReports(gates: readonly GateBinding[], digests: ReadonlyMap<string, string>): void {
  const changed = gates.find(
    ({ reportPath, reportSha256 }) => digests.get(`run/${reportPath}`) !== reportSha256,
  );
  if (changed === undefined) return;
  throw new QuantlaxmiError(
    'QL_MANIFEST_HASH',
    `${changed.reportPath}: not the report that the run manifest binds for gate ${changed.gateId}; run the gate again`,
    { context: { gateId: changed.gateId } },
  );
}

async function statementOf(
  target: Target,
  { approver, gates = [] }: { readonly approver: string; readonly gates?: readonly string[] },
): Promise<EvidenceStatement> {
  const { run, session, roots } = target;
  await assertHolds(target);
  const named = subjectPaths({
    session: session.manifest,
    ...(run === null ? {} : { run: run.manifest }),
  });
  const digests = await hashSubjects(named, roots);
  assertReports(run?.manifest.gates ?? [], digests);
  return evidenceStatement((run ?? session).manifest, { approver, digests, gates });
}

function signatureOf(payload: Uint8Array, key: SigningKey): Envelope['signatures'][number] {
  const sig = key.sign(preAuthEncoding(STATEMENT_PAYLOAD_TYPE, payload));
  return { keyid: key.keyId, sig: toBase64(sig) };
}

/**
 * Signs a sealed run with everything it stands on, or a sealed session: an in-toto statement of the
 * SHA-256 of each file, in a DSSE envelope beside the manifest. Both logs are verified first.
 * Written once: the same signature again is no error, another one is.
 *
 * @param at - folder of the run or session
 * @param options - key, approver, policy
 * @throws QuantlaxmiError QL_FILE_EXISTS when it was signed otherwise, QL_EVIDENCE_STATEMENT when a
 * gate of the policy has not passed, and what opening and verifying throw
 */
export async function signEvidence(at: string, options: SignOptions): Promise<SignedEvidence> {
  const target = await openTarget(at, options.session);
  const statement = await statementOf(target, options);
  const payload = encodeStatement(statement);
  const envelope: Envelope = {
    payload: toBase64(payload),
    payloadType: STATEMENT_PAYLOAD_TYPE,
    signatures: [signatureOf(payload, options.key)],
  };
  const path = join(target.dir, target.manifestFile + ENVELOPE_SUFFIX);
  const bytes = encodeEnvelope(envelope);
  // What is written must be what can be read.
  parseEnvelope(bytes, { label: path, canonical: true });
  await writeOnce(path, bytes);
  return { envelope, path, statement };
}

/** The statement of an envelope nobody has verified: only to be compared with one made anew. */
function unverified(envelope: Envelope): EvidenceStatement {
  const verifiers = [{ keyId: '', verify: () => true }];
  const payloadTypes = [STATEMENT_PAYLOAD_TYPE];
  return parseStatement(
    verifyEnvelope(envelope, { verifiers, threshold: 1, payloadTypes }).payload,
  );
}

/**
 * Adds a signature to a run or session that somebody else has signed. The statement is made anew
 * from the files, with the first approver's name and policy, and must be the one that stands there
 * to the byte: so a second approver signs what they have seen, not what they were handed.
 *
 * @param at - folder of the run or session
 * @param options - the key; the session of a run, when it has moved
 * @throws QuantlaxmiError QL_EVIDENCE_SUBJECT when the files are not those of the statement
 */
export async function cosignEvidence(
  at: string,
  options: Pick<SignOptions, 'key' | 'session'>,
): Promise<SignedEvidence> {
  const target = await openTarget(at, options.session);
  const path = join(target.dir, target.manifestFile + ENVELOPE_SUFFIX);
  const lock = lockFile(join(target.dir, 'LOCK'));
  try {
    const bytes = await readFileCapped(path, { bytesMax: LIMITS.envelopeBytes, absent: 'throw' });
    const standing = parseEnvelope(bytes, { label: path, canonical: true });
    const { approver, policy } = unverified(standing).predicate;
    const statement = await statementOf(target, { approver, gates: policy.gates });
    const payload = encodeStatement(statement);
    if (toBase64(payload) !== standing.payload) {
      throw new QuantlaxmiError(
        'QL_EVIDENCE_SUBJECT',
        `${path}: its statement is not about the files as they stand; nothing was signed`,
        { context: { path } },
      );
    }
    const added = signatureOf(payload, options.key);
    // ed25519 is deterministic: the same key signs the same bytes alike.
    const known = standing.signatures.some(({ sig }) => sig === added.sig);
    if (known) return { envelope: standing, path, statement };
    const envelope = { ...standing, signatures: [...standing.signatures, added] };
    await replaceAtomically(path, encodeEnvelope(envelope));
    return { envelope, path, statement };
  } finally {
    await lock.release();
  }
}
