/**
 * `quantlaxmi evidence …`: keys, signatures, their checks, anchors.
 * @module
 */
import { escapeControl, isQuantlaxmiError, QuantlaxmiError } from '../../core/index.js';
import {
  cosignEvidence,
  type EvidenceVerification,
  generateKeyFiles,
  keyPassphrase,
  publishAnchor,
  readPublicKey,
  readSigningKey,
  signEvidence,
  type SigningKey,
  verifyEvidence,
} from '../../node/index.js';
import { facts } from '../format.js';
import type { CommonOptions, Outcome } from '../outcome.js';

interface KeyOptions extends CommonOptions {
  readonly passphraseFile?: string;
}

/** Options of `evidence keygen`. */
export interface KeygenOptions extends KeyOptions {
  readonly out: string;
}

/** Makes a key pair. */
export const evidenceKeygen = async (options: KeygenOptions): Promise<Outcome> => {
  const passphrase = await keyPassphrase(options.passphraseFile);
  const files = await generateKeyFiles(options.out, passphrase);
  const locked = passphrase.passphrase !== undefined;
  const text = facts([
    ['key id', files.keyId],
    ['private key', `${files.privatePath} (${locked ? 'with a passphrase' : 'no passphrase'})`],
    ['public key', files.publicPath],
  ]);
  return { exitCode: 0, document: { ...files, locked }, text };
};

/** Options of `evidence sign`. */
export interface SignCommandOptions extends KeyOptions {
  readonly key: string;
  readonly approver?: string;
  readonly cosign?: boolean;
  readonly require?: string;
  readonly session?: string;
}

const signedBy = async (key: SigningKey, dir: string, options: SignCommandOptions) => {
  const { approver, cosign, require: gates } = options;
  const moved = options.session === undefined ? {} : { session: options.session };
  if (cosign === true && approver === undefined && gates === undefined) {
    return await cosignEvidence(dir, { key, ...moved });
  }
  if (approver === undefined || cosign === true) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      'give --approver NAME to sign first, or --cosign alone to add a signature to a statement',
    );
  }
  const list = (gates ?? '').split(',').filter((id) => id !== '');
  return await signEvidence(dir, { key, approver, gates: list, ...moved });
};

/** Signs a run or session, or adds a signature. */
export const evidenceSign = async (dir: string, options: SignCommandOptions): Promise<Outcome> => {
  const key = await readSigningKey(options.key, await keyPassphrase(options.passphraseFile));
  const { envelope, path, statement } = await signedBy(key, dir, options);
  const { predicate, subject } = statement;
  const text = facts([
    ['signed', `${subject.length} files, as ${predicate.kind}`],
    ['approver', predicate.approver],
    ['key id', key.keyId],
    ['signatures', String(envelope.signatures.length)],
    ['envelope', path],
  ]);
  const document = {
    keyId: key.keyId,
    path,
    signatures: envelope.signatures.length,
    subjects: subject.length,
    predicate,
  };
  return { exitCode: 0, document, text };
};

/** Options of `evidence verify`. */
export interface EvidenceVerifyOptions extends CommonOptions {
  readonly key: readonly string[];
  readonly threshold: number;
  readonly session?: string;
}

const verificationText = (dir: string, found: EvidenceVerification): string => {
  const { keyIds, ok, problems, session, signatures, statement, subjects } = found;
  const lines = problems.map(({ code, file, message }) => {
    const place = message.startsWith(file) ? message : `${file}: ${message}`;
    return `  ${code} ${escapeControl(place)}`;
  });
  const verdict = ok ? 'signed, and every file is as it was signed' : 'the evidence does not hold';
  const unknown = signatures.filter(({ keyId }) => keyId === null).length;
  const rows: [string, string][] = [
    ['signed by', keyIds.join(', ') || 'none of the given keys'],
    ['other signatures', unknown === 0 ? 'none' : `${unknown}, by keys that were not given`],
    ['approver', statement?.predicate.approver ?? 'unknown'],
    ['session', session ?? 'not looked at'],
    ['files', String(subjects)],
  ];
  return [`${escapeControl(dir)}: ${verdict}`, facts(rows), ...lines].join('\n');
};

/** Checks a signed run or session; exit 1 when anything about it does not hold. */
export const evidenceVerify = async (
  dir: string,
  options: EvidenceVerifyOptions,
): Promise<Outcome> => {
  const keys = await Promise.all(options.key.map((path) => readPublicKey(path)));
  const found = await verifyEvidence(dir, {
    keys,
    threshold: options.threshold,
    ...(options.session === undefined ? {} : { session: options.session }),
  });
  const { statement, ...rest } = found;
  const predicate = statement?.predicate ?? null;
  const document = { ...rest, predicate };
  return { exitCode: found.ok ? 0 : 1, document, text: verificationText(dir, found) };
};

/** Options of `evidence anchor`. */
export interface AnchorOptions extends CommonOptions {
  readonly to: string;
}

/** Publishes where a log stands. */
export const evidenceAnchor = async (dir: string, options: AnchorOptions): Promise<Outcome> => {
  const anchor = await publishAnchor(dir, options.to).catch((error: unknown) => {
    if (!isQuantlaxmiError(error, 'QL_FILE_EXISTS')) throw error;
    throw new QuantlaxmiError(
      'QL_ANCHOR',
      `${options.to} holds another anchor; name a new file or tag`,
      { cause: error },
    );
  });
  const text = facts([
    ['origin', anchor.origin],
    ['last seq', String(anchor.lastSeq)],
    ['chain head', anchor.chainHead],
    ['anchor', options.to],
  ]);
  return { exitCode: 0, document: { ...anchor, to: options.to }, text };
};
