/** ed25519 keys in files: making, reading, signing with them, checking with them. @module */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, unlink } from 'node:fs/promises';
import { decodeUtf8, encodeUtf8, QuantlaxmiError, Secret } from '../../core/index.js';
import type { SignatureVerifier } from '../../manifest/index.js';
import { writeOnce } from '../atomic-write.js';
import { readFileCapped } from '../internal/read-file.js';

const KEY_BYTES_MAX = 16_384;
const PRIVATE_MODE = 0o600;
const PUBLIC_MODE = 0o644;
/** Bits by which somebody other than the owner could read or write. */
const OTHERS = 0o077;

/** A private key in memory. It prints as `[secret]`. */
export interface SigningKey {
  /** SHA-256 (hex) of the public key's SPKI bytes. */
  readonly keyId: string;
  /** The 64-byte ed25519 signature over `message`. */
  readonly sign: (message: Uint8Array) => Uint8Array;
  readonly verifier: SignatureVerifier;
}

/** A key pair in its two files. */
export interface KeyFiles {
  readonly keyId: string;
  readonly privatePath: string;
  readonly publicPath: string;
}

/** How a private key file is locked. */
export interface KeyFileOptions {
  /** Passphrase of the file: it is then AES-256 encrypted PKCS #8. */
  readonly passphrase?: Secret<string>;
}

function refuse(path: string, why: string, cause?: unknown): never {
  throw new QuantlaxmiError('QL_EVIDENCE_KEY', `${path}: ${why}`, {
    ...(cause === undefined ? {} : { cause }),
    context: { path },
  });
}

function spkiId(key: KeyObject): string {
  const der = key.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}

function assertKind(path: string, key: KeyObject): KeyObject {
  if (key.asymmetricKeyType === 'ed25519') return key;
  return refuse(path, `is a ${key.asymmetricKeyType ?? 'symmetric'} key; expected ed25519`);
}

const verifierOf = (key: KeyObject): SignatureVerifier => ({
  keyId: spkiId(key),
  verify: (message, signature) => verify(null, message, key, signature),
});

function signingKey(privateKey: KeyObject): SigningKey {
  const verifier = verifierOf(createPublicKey(privateKey));
  return {
    keyId: verifier.keyId,
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
    verifier,
  };
}

async function assertAbsent(path: string): Promise<void> {
  const there = await lstat(path).then(
    () => true,
    () => false,
  );
  if (!there) return;
  throw new QuantlaxmiError('QL_FILE_EXISTS', `${path} exists; give another name`, {
    context: { path },
  });
}

/**
 * Makes an ed25519 key pair: `path` (PKCS #8, 0600) and `path.pub` (SPKI, 0644), both PEM. An
 * existing file is never replaced, and no private key left without its public one.
 *
 * @param path - file of the private key
 * @param options - passphrase of the private key file
 * @throws QuantlaxmiError QL_FILE_EXISTS, QL_FILE_WRITE, QL_EVIDENCE_KEY for an empty passphrase
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { generateKeyFiles, readPublicKey, readSigningKey } from 'quantlaxmi/node';
 *
 * const path = join(mkdtempSync(join(tmpdir(), 'key-')), 'approver.pem');
 * const { keyId, publicPath } = await generateKeyFiles(path);
 * (await readSigningKey(path)).keyId === keyId; // => true
 * (await readPublicKey(publicPath)).keyId === keyId; // => true
 * ```
 */
export async function generateKeyFiles(
  path: string,
  options: KeyFileOptions = {},
): Promise<KeyFiles> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const passphrase = options.passphrase?.reveal();
  if (passphrase === '') refuse(path, 'the passphrase is empty; give one, or none at all');
  const locked = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem', ...locked }) as string;
  const publicPath = `${path}.pub`;
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  // A private key whose public half found no room would be of use to nobody.
  for (const file of [path, publicPath]) await assertAbsent(file);
  await writeOnce(path, encodeUtf8(pem), { mode: PRIVATE_MODE });
  try {
    await writeOnce(publicPath, encodeUtf8(publicPem), { mode: PUBLIC_MODE });
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw error;
  }
  return { keyId: spkiId(publicKey), privatePath: path, publicPath };
}

/** Reads a file that nobody but its owner may read. */
async function readPrivate(path: string): Promise<string> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch((cause: unknown) =>
    refuse(path, `${(cause as NodeJS.ErrnoException).code} during open`, cause),
  );
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) refuse(path, 'not a regular file');
    if (stat.size > KEY_BYTES_MAX) refuse(path, `${stat.size} bytes is no key file`);
    if (process.platform !== 'win32' && (stat.mode & OTHERS) !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
      refuse(path, `mode ${mode} lets others in; run chmod 600, and make a new key if it leaked`);
    }
    return decodeUtf8(await handle.readFile());
  } finally {
    await handle.close();
  }
}

/**
 * Reads a private key. The file must be regular, no link, and closed to group and others.
 *
 * @param path - PEM file (PKCS #8)
 * @param options - passphrase of the file
 * @throws QuantlaxmiError QL_EVIDENCE_KEY
 */
export async function readSigningKey(
  path: string,
  options: KeyFileOptions = {},
): Promise<SigningKey> {
  const pem = await readPrivate(path);
  const passphrase = options.passphrase?.reveal();
  let key: KeyObject;
  try {
    key = createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch {
    // What OpenSSL says names neither file nor remedy, and its cause may hold parts of the input.
    const encrypted = pem.includes('ENCRYPTED');
    const why = encrypted
      ? `cannot be unlocked; ${passphrase === undefined ? 'give its passphrase' : 'the passphrase is wrong, or the file was changed'}`
      : 'is no private key in PEM (PKCS #8)';
    return refuse(path, why);
  }
  return signingKey(assertKind(path, key));
}

/**
 * Reads a public key.
 *
 * @param path - PEM file (SPKI)
 * @throws QuantlaxmiError QL_EVIDENCE_KEY, also for a private key: it has no business there
 */
export async function readPublicKey(path: string): Promise<SignatureVerifier> {
  const bytes = await readFileCapped(path, { bytesMax: KEY_BYTES_MAX, absent: 'throw' }).catch(
    (cause: unknown) => refuse(path, cause instanceof Error ? cause.message : String(cause), cause),
  );
  const pem = Buffer.from(bytes).toString('latin1');
  if (pem.includes('PRIVATE KEY')) refuse(path, 'is a private key; give its .pub file');
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return refuse(path, 'is no public key in PEM (SPKI)');
  }
  return verifierOf(assertKind(path, key));
}

/** Environment variable that holds the passphrase of a private key file. */
export const PASSPHRASE_VARIABLE = 'QUANTLAXMI_KEY_PASSPHRASE';

/**
 * The passphrase of a key file: from a file that only its owner can read (its first line), else
 * from `QUANTLAXMI_KEY_PASSPHRASE`. Never from a command line, which every process can read.
 *
 * @param path - file with the passphrase; the environment when left out
 * @returns options for {@link readSigningKey}; empty when there is none
 * @throws QuantlaxmiError QL_EVIDENCE_KEY
 */
export async function keyPassphrase(path?: string): Promise<KeyFileOptions> {
  const text =
    path === undefined
      ? process.env[PASSPHRASE_VARIABLE]
      : (await readPrivate(path)).split('\n', 1)[0];
  if (text === undefined) return {};
  if (text === '') refuse(path ?? PASSPHRASE_VARIABLE, 'the passphrase is empty');
  return { passphrase: new Secret(text) };
}
