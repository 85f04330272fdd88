/**
 * DSSE: a signature over bytes and their type (secure-systems-lab/dsse, protocol 1.0). Verified
 * first, parsed afterwards, and what is parsed are the verified bytes.
 * @module
 */
import * as z from 'zod/mini';
import {
  canonicalIntegerJson,
  encodeUtf8,
  escapeControl,
  fromBase64,
  isQuantlaxmiError,
  type JsonValue,
  LIMITS,
  parseStrictJson,
  QuantlaxmiError,
  toBase64,
} from '../core/index.js';

/** One signature of an envelope. */
export interface EnvelopeSignature {
  /** A hint which key was used. Nobody signed it: never a reason to trust. */
  readonly keyid?: string;
  /** Base64 of the signature. */
  readonly sig: string;
}

/** A signed payload as a file holds it. */
export interface Envelope {
  /** Base64 of the signed bytes. */
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly EnvelopeSignature[];
}

/** A public key that can check signatures. `ed25519Verifier` of `quantlaxmi/node` makes one. */
export interface SignatureVerifier {
  /** SHA-256 (hex) of the key's SPKI bytes: one key, one id. */
  readonly keyId: string;
  /** True when `signature` is this key's over exactly the bytes of `message`. */
  readonly verify: (message: Uint8Array, signature: Uint8Array) => boolean;
}

/** What must hold of an envelope. */
export interface VerifyEnvelopeOptions {
  /** Trusted keys; the same key twice counts once. */
  readonly verifiers: readonly SignatureVerifier[];
  /** How many different keys of them must have signed, at least 1. */
  readonly threshold: number;
  /** Types of payload the caller can read. */
  readonly payloadTypes: readonly string[];
}

/** The signed bytes of an envelope that held. */
export interface VerifiedEnvelope {
  readonly payload: Uint8Array;
  readonly payloadType: string;
  /** Ids of the trusted keys that signed, sorted. */
  readonly keyIds: readonly string[];
  /** Per signature of the envelope the key that made it; null where no trusted key did. */
  readonly signedBy: readonly (string | null)[];
}

const SIGNATURES_MAX = 64;
const HINT_CHARS_MAX = 1024;

const envelopeSchema = () =>
  z.object({
    payload: z.string(),
    payloadType: z.string().check(z.maxLength(HINT_CHARS_MAX)),
    signatures: z
      .array(
        z.object({
          keyid: z.optional(z.string().check(z.maxLength(HINT_CHARS_MAX))),
          sig: z.string().check(z.maxLength(HINT_CHARS_MAX)),
        }),
      )
      .check(z.minLength(1), z.maxLength(SIGNATURES_MAX)),
  });

/**
 * The bytes a DSSE signature covers: `DSSEv1 <length> <type> <length> <body>`, lengths in bytes.
 *
 * @param payloadType - type of the payload
 * @param payload - the payload's bytes
 * @throws QuantlaxmiError QL_UTF8 when the type is no well-formed text
 * @example
 * ```ts
 * import { decodeUtf8, encodeUtf8 } from 'quantlaxmi/core';
 * import { preAuthEncoding } from 'quantlaxmi/manifest';
 *
 * const bytes = preAuthEncoding('http://example.com/HelloWorld', encodeUtf8('hello world'));
 * decodeUtf8(bytes); // => 'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
 * ```
 */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = encodeUtf8(payloadType);
  const head = encodeUtf8(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `);
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes;
}

/**
 * The bytes of an envelope file: canonical JSON, no blanks, no line feed.
 *
 * @param envelope - payload, its type and signatures
 */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const { payload, payloadType } = envelope;
  const signatures = envelope.signatures.map(({ keyid, sig }) =>
    keyid === undefined ? { sig } : { keyid, sig },
  );
  return encodeUtf8(canonicalIntegerJson({ payload, payloadType, signatures }));
}

function refuse(label: string, why: string, cause?: unknown): never {
  const code = isQuantlaxmiError(cause) ? cause.code : undefined;
  throw new QuantlaxmiError('QL_EVIDENCE_ENVELOPE', `${label}: ${why}`, {
    ...(cause === undefined ? {} : { cause }),
    context: { label, ...(code === undefined ? {} : { code }) },
  });
}

function readJson(bytes: Uint8Array, label: string): JsonValue {
  try {
    const bytesMax = LIMITS.envelopeBytes;
    return parseStrictJson(bytes, { maxBytes: bytesMax, maxParts: 1024, maxTextChars: bytesMax });
  } catch (cause) {
    if (!isQuantlaxmiError(cause)) throw cause;
    return refuse(label, cause.message, cause);
  }
}

/** How an envelope is read. */
export interface ParseEnvelopeOptions {
  /** File name for messages, default `envelope`. */
  readonly label?: string;
  /**
   * Refuse bytes that {@link encodeEnvelope} would not write: fields nobody knows, and base64 that
   * `toBase64` would not write, such as that of the URL-safe alphabet.
   */
  readonly canonical?: boolean;
}

/**
 * Reads an envelope. Nothing of it is trusted yet; unknown fields are left out, as DSSE asks.
 *
 * @param bytes - the whole file
 * @param options - how errors name it, and how strict to be
 * @throws QuantlaxmiError QL_EVIDENCE_ENVELOPE
 */
export function parseEnvelope(bytes: Uint8Array, options: ParseEnvelopeOptions = {}): Envelope {
  const label = options.label ?? 'envelope';
  const outcome = envelopeSchema().safeParse(readJson(bytes, label));
  if (!outcome.success) {
    const issue = outcome.error.issues[0];
    const field = escapeControl((issue?.path.join('.') ?? '').slice(0, 200));
    refuse(label, `field ${field || 'envelope'}: ${escapeControl(issue?.message ?? 'invalid')}`);
  }
  const { payload, payloadType, signatures } = outcome.data;
  const envelope: Envelope = {
    payload,
    payloadType,
    signatures: signatures.map(({ keyid, sig }) =>
      keyid === undefined ? { sig } : { keyid, sig },
    ),
  };
  if (options.canonical !== true) return envelope;
  const canonical = encodeEnvelope(envelope);
  let at = 0;
  while (at < canonical.length && canonical[at] === bytes[at]) at += 1;
  if (at < canonical.length || bytes.length !== canonical.length) {
    refuse(label, `byte ${at} is not what canonical JSON would write there; the file was edited`);
  }
  assertOneSpelling(label, 'payload', payload);
  for (const [i, { sig }] of signatures.entries()) {
    assertOneSpelling(label, `signatures.${i}.sig`, sig);
  }
  return envelope;
}

/** Either alphabet of base64 decodes alike: without this a changed file could still verify. */
function assertOneSpelling(label: string, field: string, text: string): void {
  if (toBase64(decoded(text, field, label)) === text) return;
  refuse(label, `field ${field} is not base64 as it is written here; the file was edited`);
}

function decoded(text: string, field: string, label = 'envelope'): Uint8Array {
  try {
    return fromBase64(text);
  } catch (cause) {
    if (!isQuantlaxmiError(cause)) throw cause;
    return refuse(label, `${field}: ${cause.message}`, cause);
  }
}

function distinct(options: VerifyEnvelopeOptions): readonly SignatureVerifier[] {
  const byId = new Map(options.verifiers.map((verifier) => [verifier.keyId, verifier]));
  const { threshold } = options;
  if (Number.isSafeInteger(threshold) && threshold >= 1 && threshold <= byId.size) {
    return [...byId.values()];
  }
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `threshold ${threshold} of ${byId.size} different keys; expected an integer from 1 to the number of keys`,
    { context: { threshold, keys: byId.size } },
  );
}

/**
 * Checks the signatures of an envelope, then the type of its payload; only then are its bytes given
 * out. `keyid` plays no part: each signature is tried with each key.
 *
 * @param envelope - as {@link parseEnvelope} read it
 * @param options - trusted keys, threshold, known types
 * @returns the signed bytes and who signed them
 * @throws QuantlaxmiError QL_EVIDENCE_SIGNATURE when too few trusted keys signed,
 * QL_EVIDENCE_STATEMENT for another payload type, QL_EVIDENCE_ENVELOPE for broken base64,
 * QL_BAD_INPUT for a threshold that the keys cannot reach
 * Time is signatures × keys checks.
 * @example
 * ```ts
 * import { verifyEnvelope } from 'quantlaxmi/manifest';
 *
 * const envelope = { payload: 'aGk=', payloadType: 'text/plain', signatures: [{ sig: 'AAAA' }] };
 * const verifiers = [{ keyId: 'a', verify: () => true }];
 * const options = { verifiers, threshold: 1, payloadTypes: ['text/plain'] };
 * verifyEnvelope(envelope, options).keyIds; // => ['a']
 * ```
 */
export function verifyEnvelope(
  envelope: Envelope,
  options: VerifyEnvelopeOptions,
): VerifiedEnvelope {
  const verifiers = distinct(options);
  const payload = decoded(envelope.payload, 'payload');
  const message = preAuthEncoding(envelope.payloadType, payload);
  const signedBy = envelope.signatures.map(({ sig }, i) => {
    const signature = decoded(sig, `signatures.${i}.sig`);
    return verifiers.find(({ verify }) => verify(message, signature))?.keyId ?? null;
  });
  const keyIds = [...new Set(signedBy.filter((keyId) => keyId !== null))].sort();
  if (keyIds.length < options.threshold) {
    throw new QuantlaxmiError(
      'QL_EVIDENCE_SIGNATURE',
      `${keyIds.length} of the ${verifiers.length} given keys signed this payload (${signedBy.length} ` +
        `signatures looked at); expected at least ${options.threshold}: payload, type or signature ` +
        'was changed, or another key signed',
      { context: { accepted: keyIds, threshold: options.threshold } },
    );
  }
  if (!options.payloadTypes.includes(envelope.payloadType)) {
    throw new QuantlaxmiError(
      'QL_EVIDENCE_STATEMENT',
      `payload type is "${escapeControl(envelope.payloadType)}"; expected ${options.payloadTypes.join(' or ')}`,
      { context: { payloadTypes: options.payloadTypes } },
    );
  }
  return { payload, payloadType: envelope.payloadType, keyIds, signedBy };
}
