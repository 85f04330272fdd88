/** Checking a signed run or session against its files. @module */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type ErrorCode, isQuantlaxmiError, LIMITS, QuantlaxmiError } from '../../core/index.js';
import {
  type Envelope,
  type EvidenceStatement,
  parseEnvelope,
  parseRunManifest,
  parseSessionManifest,
  parseStatement,
  type RunManifest,
  type SessionManifest,
  type SignatureVerifier,
  STATEMENT_PAYLOAD_TYPE,
  subjectPaths,
  verifyEnvelope,
} from '../../manifest/index.js';
import { RUN_MANIFEST_FILE, SESSION_MANIFEST_FILE } from '../internal/manifest-file.js';
import { readFileCapped } from '../internal/read-file.js';
import { readLocators } from '../locators.js';
import { ENVELOPE_SUFFIX, manifestFileOf } from './sign.js';
import { hashSubject, type SubjectRoots, unnamedSegments } from './subjects.js';

/** Something that speaks against the evidence. */
export interface EvidenceFault {
  readonly code: ErrorCode;
  /** File it is about, with its folder. */
  readonly file: string;
  readonly message: string;
}

/** What is known of one signature of the envelope. */
export interface SignatureState {
  /** Key that made it, proved; null when none of the given keys did. */
  readonly keyId: string | null;
  /** Hint in the envelope; proves nothing. */
  readonly keyid: string | null;
}

/** What a check of signed evidence found. */
export interface EvidenceVerification {
  readonly ok: boolean;
  /** Ids of the given keys that signed. */
  readonly keyIds: readonly string[];
  readonly problems: readonly EvidenceFault[];
  /** Folder of the session whose files were hashed; null when that was not reached. */
  readonly session: string | null;
  readonly signatures: readonly SignatureState[];
  /** Null when no signature held: nothing of it was read then. */
  readonly statement: EvidenceStatement | null;
  /** Files whose hash was found as signed. */
  readonly subjects: number;
}

/** Options of {@link verifyEvidence}. */
export interface VerifyEvidenceOptions {
  /** Trusted keys. */
  readonly keys: readonly SignatureVerifier[];
  /** How many different ones must have signed, default 1. */
  readonly threshold?: number;
  /** The session of a run, when it has moved. */
  readonly session?: string;
}

/** What the platform refused is a fault of the evidence too; a mistake of ours is not. */
function faultOf(file: string, error: unknown): EvidenceFault {
  if (isQuantlaxmiError(error)) return { code: error.code, file, message: error.message };
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || syscall === undefined) throw error;
  return { code: 'QL_FILE_READ', file, message: `${file}: ${code} during ${syscall}` };
}

async function readEnvelope(path: string): Promise<Envelope> {
  const bytes = await readFileCapped(path, { bytesMax: LIMITS.envelopeBytes, absent: 'null' });
  if (bytes !== null) return parseEnvelope(bytes, { label: path, canonical: true });
  throw new QuantlaxmiError('QL_EVIDENCE_ENVELOPE', `${path}: there is none; nobody signed this`, {
    context: { path },
  });
}

/** Hints that contradict what was proved: somebody wrote into the envelope after it was signed. */
function hintFaults(
  path: string,
  states: readonly SignatureState[],
  keys: readonly SignatureVerifier[],
): EvidenceFault[] {
  return states.flatMap(({ keyId, keyid }, i) => {
    const hintsAtGiven = keys.some((key) => key.keyId === keyid);
    const file = `${path}#signatures.${i}`;
    if (keyId !== null && keyid !== null && keyId !== keyid) {
      const message = `${file}: made with key ${keyId} but says ${keyid}; the hint was changed`;
      return [{ code: 'QL_EVIDENCE_SIGNATURE', file, message }];
    }
    if (keyId !== null || !hintsAtGiven) return [];
    const message = `${file}: says it was made with key ${keyid}, which does not confirm it; it was changed`;
    return [{ code: 'QL_EVIDENCE_SIGNATURE', file, message }];
  });
}

/**
 * Folder of the session: the one around the run when there is any, whatever was done to it; the
 * located one only for a run that lies alone. Otherwise a changed session would be passed over for
 * an intact original elsewhere.
 */
async function findSession(dir: string, given: string | undefined): Promise<string | null> {
  if (given !== undefined) return resolve(given);
  const around = dirname(dirname(dir));
  if (existsSync(join(around, SESSION_MANIFEST_FILE))) return around;
  const located = await readLocators(dir).catch(() => ({ session: null }));
  return located.session;
}

async function subjectFaults(
  statement: EvidenceStatement,
  roots: SubjectRoots,
): Promise<EvidenceFault[]> {
  const faults: EvidenceFault[] = [];
  for (const { name, digest } of statement.subject) {
    try {
      const found = await hashSubject(name, roots);
      if (found === digest.sha256) continue;
      const message = `${name}: hashes to ${found}; ${digest.sha256} was signed: the file was changed or replaced`;
      faults.push({ code: 'QL_EVIDENCE_SUBJECT', file: name, message });
    } catch (error) {
      faults.push(faultOf(name, error));
    }
  }
  return faults;
}

interface Manifests {
  readonly run: RunManifest | null;
  readonly session: SessionManifest;
}

function sessionUnknown(file: string): EvidenceFault {
  const message = `${file}: there is no session around it and its locator leads to none; give its folder`;
  return { code: 'QL_EVIDENCE_SUBJECT', file, message };
}

async function readManifests(run: string | null, session: string): Promise<Manifests> {
  const read = async (dir: string, name: string): Promise<Uint8Array> =>
    await readFileCapped(join(dir, name), { bytesMax: LIMITS.manifestBytes, absent: 'throw' });
  return {
    run:
      run === null
        ? null
        : parseRunManifest(await read(run, RUN_MANIFEST_FILE), { label: RUN_MANIFEST_FILE }),
    session: parseSessionManifest(await read(session, SESSION_MANIFEST_FILE), {
      label: SESSION_MANIFEST_FILE,
    }),
  };
}

/** Whether the signer stated what the manifests state, about all files they name. */
function statementFaults(statement: EvidenceStatement, manifests: Manifests): EvidenceFault[] {
  const { run, session } = manifests;
  const { predicate, subject } = statement;
  const names = new Set(subject.map((item) => item.name));
  const due = subjectPaths({ session, ...(run === null ? {} : { run }) });
  const unnamed = due.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  const wrong = [
    ...unnamed.map((name) => `the statement does not name ${name}`),
    ...(predicate.codeHash === (run ?? session).code.codeHash ? [] : ['codeHash differs']),
    ...(predicate.traceHash === (run?.decisions.traceHash ?? null) ? [] : ['traceHash differs']),
    ...(predicate.kind === (run === null ? 'session' : 'run') ? [] : ['kind differs']),
    ...(sameGates(predicate.gates, run?.gates ?? []) ? [] : ['gates differ']),
    ...(run === null || run.parent.manifestHash === session.manifestHash
      ? []
      : ['the run read another session']),
  ];
  return wrong.map((why) => ({
    code: 'QL_EVIDENCE_STATEMENT',
    file: run === null ? SESSION_MANIFEST_FILE : RUN_MANIFEST_FILE,
    message: `signed statement and manifest disagree: ${why}`,
  }));
}

function sameGates(
  signed: EvidenceStatement['predicate']['gates'],
  bound: RunManifest['gates'],
): boolean {
  const line = ({ gateId, reportSha256, verdict, version }: (typeof signed)[number]): string =>
    `${gateId} ${version} ${verdict} ${reportSha256}`;
  return signed.map(line).join('\n') === bound.map(line).join('\n');
}

/** What speaks against the evidence where every file it names is as it was signed. */
async function contentFaults(
  statement: EvidenceStatement,
  { run, session }: SubjectRoots,
): Promise<EvidenceFault[]> {
  const file = run === null ? SESSION_MANIFEST_FILE : RUN_MANIFEST_FILE;
  if (session === null) return [sessionUnknown(file)];
  let manifests: Manifests;
  let unnamed: readonly string[];
  try {
    manifests = await readManifests(run, session);
    unnamed = await unnamedSegments(statement.subject, { run, session });
  } catch (error) {
    return [faultOf(file, error)];
  }
  const added = unnamed.map((name): EvidenceFault => {
    const message = `${name}: a segment that was not signed; the log was changed or went on`;
    return { code: 'QL_EVIDENCE_SUBJECT', file: name, message };
  });
  return [...statementFaults(statement, manifests), ...added];
}

/**
 * Checks the signature of a run or session, then every file it names, then that it names them all.
 * The signature comes first: of an envelope that does not hold nothing is read.
 *
 * @param at - folder of the run or session
 * @param options - trusted keys and how many must have signed
 * @returns what was found; a fault names its file and is never thrown
 * @throws QuantlaxmiError QL_FILE_READ when the folder is neither, QL_BAD_INPUT for a threshold
 * that the keys cannot reach
 */
export async function verifyEvidence(
  at: string,
  options: VerifyEvidenceOptions,
): Promise<EvidenceVerification> {
  const dir = resolve(at);
  const manifestFile = manifestFileOf(dir);
  const path = join(dir, manifestFile + ENVELOPE_SUFFIX);
  const none = { keyIds: [], session: null, signatures: [], statement: null, subjects: 0 };
  let statement: EvidenceStatement;
  let states: readonly SignatureState[];
  let keyIds: readonly string[];
  try {
    const envelope = await readEnvelope(path);
    const verified = verifyEnvelope(envelope, {
      verifiers: options.keys,
      threshold: options.threshold ?? 1,
      payloadTypes: [STATEMENT_PAYLOAD_TYPE],
    });
    ({ keyIds } = verified);
    states = verified.signedBy.map((keyId, i) => ({
      keyId,
      keyid: envelope.signatures[i]?.keyid ?? null,
    }));
    statement = parseStatement(verified.payload, path);
  } catch (error) {
    if (isQuantlaxmiError(error, 'QL_BAD_INPUT')) throw error;
    return { ok: false, problems: [faultOf(path, error)], ...none };
  }
  const isRun = manifestFile === RUN_MANIFEST_FILE;
  const session = isRun ? await findSession(dir, options.session) : dir;
  const roots: SubjectRoots = { run: isRun ? dir : null, session };
  const problems = [...hintFaults(path, states, options.keys)];
  const files = await subjectFaults(statement, roots);
  problems.push(...files);
  if (files.length === 0) problems.push(...(await contentFaults(statement, roots)));
  return {
    ok: problems.length === 0,
    keyIds,
    problems,
    session,
    signatures: states,
    statement,
    subjects: statement.subject.length - files.length,
  };
}
