import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { fromHex, Secret, toHex } from 'quantlaxmi/core';
import {
  generateKeyFiles,
  keyPassphrase,
  PASSPHRASE_VARIABLE,
  readPublicKey,
  readSigningKey,
} from 'quantlaxmi/node';
import { afterEach, describe, expect, test } from 'vitest';
import { KEYS, RFC_8032 } from '../../manifest/dsse-vectors.data.js';
import { rejection, temporaryFolder } from '../folders.js';

afterEach(() => {
  delete process.env[PASSPHRASE_VARIABLE];
});

const seedFile = (dir: string, seed: string): string => {
  // PKCS #8 of an ed25519 key is a fixed head and the seed (RFC 8410, section 7).
  const der = Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    fromHex(seed),
  ]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const path = join(dir, `${seed.slice(0, 8)}.pem`);
  writeFileSync(path, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return path;
};

describe('key files', () => {
  test.each(RFC_8032)('NODE-20: sign as RFC 8032 does: $seed', async (vector) => {
    const key = await readSigningKey(seedFile(temporaryFolder(), vector.seed));
    const message = fromHex(vector.message);
    expect(toHex(key.sign(message))).toBe(vector.signature);
    expect(key.verifier.verify(message, fromHex(vector.signature))).toBe(true);
    expect(key.verifier.verify(fromHex(`${vector.message}00`), key.sign(message))).toBe(false);
  });

  test('NODE-20: the id is the SHA-256 of the SPKI bytes, as OpenSSL prints it', async () => {
    // openssl pkey -pubout -outform DER | sha256sum, for TEST 1 of the RFC.
    const spki = Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      fromHex(KEYS.A.public),
    ]);
    const { createHash } = await import('node:crypto');
    const key = await readSigningKey(seedFile(temporaryFolder(), KEYS.A.seed));
    expect(key.keyId).toBe(createHash('sha256').update(spki).digest('hex'));
  });

  test('NODE-20: are made 0600 and 0644, once', async () => {
    const path = join(temporaryFolder(), 'key.pem');
    const { publicPath, keyId } = await generateKeyFiles(path);
    expect([path, publicPath].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o644]);
    expect((await readPublicKey(publicPath)).keyId).toBe(keyId);
    expect(await rejection(generateKeyFiles(path))).toBe('QL_FILE_EXISTS');
  });

  test('NODE-20: a public key that is there leaves no private key behind', async () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'key.pem.pub'), 'another key');
    expect(await rejection(generateKeyFiles(join(dir, 'key.pem')))).toBe('QL_FILE_EXISTS');
    symlinkSync('/nowhere', join(dir, 'other.pub'));
    expect(await rejection(generateKeyFiles(join(dir, 'other')))).toBe('QL_FILE_EXISTS');
    expect(readdirSync(dir).sort()).toEqual(['key.pem.pub', 'other.pub']);
    expect(readFileSync(join(dir, 'key.pem.pub'), 'utf8')).toBe('another key');
  });

  test.each([0o640, 0o604, 0o620, 0o602, 0o644, 0o610])(
    'NODE-20: mode %o is refused',
    async (mode) => {
      const { privatePath } = await generateKeyFiles(join(temporaryFolder(), 'key.pem'));
      chmodSync(privatePath, mode);
      expect(await rejection(readSigningKey(privatePath))).toBe('QL_EVIDENCE_KEY');
      chmodSync(privatePath, 0o400);
      expect(await rejection(readSigningKey(privatePath))).toBe('resolved');
    },
  );

  test('NODE-20: a link, a folder, another kind of key, and no key are refused', async () => {
    const dir = temporaryFolder();
    const { privatePath, publicPath } = await generateKeyFiles(join(dir, 'key.pem'));
    symlinkSync(privatePath, join(dir, 'link.pem'));
    mkdirSync(join(dir, 'folder'), { mode: 0o700 });
    const pem = { type: 'pkcs8', format: 'pem' } as const;
    const { privateKey, publicKey } = generateKeyPairSync('ed448');
    writeFileSync(join(dir, 'other.pem'), privateKey.export(pem), { mode: 0o600 });
    writeFileSync(join(dir, 'other.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(join(dir, 'no.pem'), 'no key', { mode: 0o600 });
    for (const name of ['link.pem', 'folder', 'other.pem', 'no.pem', 'gone', 'key.pem.pub']) {
      expect([name, await rejection(readSigningKey(join(dir, name)))]).toEqual([
        name,
        'QL_EVIDENCE_KEY',
      ]);
    }
    for (const path of ['other.pub', 'no.pem', 'gone', 'key.pem', 'folder']) {
      expect([path, await rejection(readPublicKey(join(dir, path)))]).toEqual([
        path,
        'QL_EVIDENCE_KEY',
      ]);
    }
    expect(await rejection(readPublicKey(publicPath))).toBe('resolved');
  });
});

describe('a passphrase', () => {
  const phrase = 'correct horse battery staple';

  test('NODE-20: locks the file: it opens with the right one only', async () => {
    const path = join(temporaryFolder(), 'key.pem');
    const { keyId } = await generateKeyFiles(path, { passphrase: new Secret(phrase) });
    expect(readFileSync(path, 'utf8')).toContain('ENCRYPTED PRIVATE KEY');
    const opened = await readSigningKey(path, { passphrase: new Secret(phrase) });
    expect(opened.keyId).toBe(keyId);
    expect(await rejection(readSigningKey(path))).toBe('QL_EVIDENCE_KEY');
    const wrong = readSigningKey(path, { passphrase: new Secret('wrong') });
    expect(await rejection(wrong)).toBe('QL_EVIDENCE_KEY');
  });

  test('NODE-20: comes from a closed file or the environment', async () => {
    expect(await keyPassphrase()).toEqual({});
    process.env[PASSPHRASE_VARIABLE] = phrase;
    expect((await keyPassphrase()).passphrase?.reveal()).toBe(phrase);
    process.env[PASSPHRASE_VARIABLE] = '';
    expect(await rejection(keyPassphrase())).toBe('QL_EVIDENCE_KEY');
    const path = join(temporaryFolder(), 'phrase');
    writeFileSync(path, `${phrase}\n`, { mode: 0o644 });
    expect(await rejection(keyPassphrase(path))).toBe('QL_EVIDENCE_KEY');
    chmodSync(path, 0o600);
    expect((await keyPassphrase(path)).passphrase?.reveal()).toBe(phrase);
  });

  test('NODE-20: neither it nor the key is in an error or in what a key prints', async () => {
    const path = join(temporaryFolder(), 'key.pem');
    await generateKeyFiles(path, { passphrase: new Secret(phrase) });
    const error = await readSigningKey(path, { passphrase: new Secret('wrong horse') }).catch(
      (thrown: unknown) => thrown,
    );
    const body = readFileSync(path, 'utf8').split('\n')[1] as string;
    const key = await readSigningKey(path, { passphrase: new Secret(phrase) });
    const shown = [inspect(error, { depth: 9 }), inspect(key, { depth: 9 }), JSON.stringify(key)];
    for (const text of shown) {
      expect(text).not.toContain('wrong horse');
      expect(text).not.toContain(phrase);
      expect(text).not.toContain(body);
    }
  });
});
