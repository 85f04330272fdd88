import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { Secret } from 'quantlaxmi/core';
import { scanForSecret } from 'quantlaxmi/node';
import { describe, expect, test } from 'vitest';
import { rejection, temporaryFolder } from './folders.js';

const { gzipSync } = zlib;
/** Node 22.15 and 23.8 brought it. */
const zstd = zlib as unknown as { readonly zstdCompressSync?: (text: string) => Buffer };

const canary = 'canary/"key"+9f8e7d6c';

describe('the secret scan', () => {
  test.each([
    ['plain', 'a.txt', Buffer.from(`xx${canary}yy`), 2],
    ['json', 'b.json', Buffer.from(`{"k":${JSON.stringify(canary)}}`), 6],
    ['url', 'c.log', Buffer.from(`GET /?k=${encodeURIComponent(canary)}`), 8],
    ['hex', 'd.log', Buffer.from(Buffer.from(canary).toString('hex')), 0],
    ['base64', 'e.log', Buffer.from(Buffer.from(canary).toString('base64')), 0],
    ['plain', 'f.gz', gzipSync(`xx${canary}yy`), 2],
  ])('NODE-4: finds a secret written as %s in %s', async (form, name, content, byte) => {
    const dir = temporaryFolder();
    mkdirSync(join(dir, 'deep', 'er'), { recursive: true });
    writeFileSync(join(dir, 'deep', 'er', name), content);
    writeFileSync(join(dir, 'clean.txt'), 'canary/"key"+9f8e7d6');
    const found = await scanForSecret(dir, { apiKey: new Secret(canary) });
    expect(found).toContainEqual({ byte, form, name: 'apiKey', path: `deep/er/${name}` });
    expect(found.every((finding) => finding.path !== 'clean.txt')).toBe(true);
    expect(JSON.stringify(found)).not.toContain('9f8e7d6c');
  });

  test('NODE-4: finds a secret inside longer base64 text, at any place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), async (a, b) => {
        const dir = temporaryFolder();
        writeFileSync(join(dir, 'x'), Buffer.from(a + canary + b).toString('base64'));
        expect((await scanForSecret(dir, { canary })).length).toBeGreaterThan(0);
      }),
      { numRuns: 50 },
    );
  });

  test('NODE-4: finds a secret across the borders of read chunks, once', async () => {
    const chunk = 65_536;
    for (const at of [chunk - canary.length - 1, chunk - 5, chunk, 2 * chunk - 1]) {
      const dir = temporaryFolder();
      writeFileSync(join(dir, 'big'), `${'.'.repeat(at)}${canary}${'.'.repeat(chunk)}`);
      const plain = (await scanForSecret(dir, { canary })).filter((f) => f.form === 'plain');
      expect(plain).toEqual([{ byte: at, form: 'plain', name: 'canary', path: 'big' }]);
    }
  });

  test('NODE-4: a secret in a zstd file is found, or the file named as not searched', async () => {
    const dir = temporaryFolder();
    const path = join(dir, 'a.wal.jsonl.zst');
    writeFileSync(path, (zstd.zstdCompressSync ?? gzipSync)(`xx${canary}yy`));
    const scan = scanForSecret(dir, { canary });
    if (zstd.zstdCompressSync === undefined) {
      const error = await scan.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'QL_FILE_READ' });
      expect(String(error)).toContain(`${path}: node ${process.versions.node} has no zstd`);
    } else {
      const name = 'a.wal.jsonl.zst';
      expect(await scan).toContainEqual({ byte: 2, form: 'plain', name: 'canary', path: name });
      // A second frame, which the engine passes over.
      const frame = zstd.zstdCompressSync('no secret');
      writeFileSync(path, Buffer.concat([frame, zstd.zstdCompressSync(canary)]));
      expect(await rejection(scanForSecret(dir, { canary }))).toBe('QL_FILE_READ');
    }
  });

  test('NODE-4: what stands behind the data of a gzip file is not passed over', async () => {
    const dir = temporaryFolder();
    const two = Buffer.concat([gzipSync('no secret'), gzipSync(canary)]);
    writeFileSync(join(dir, 'two.gz'), two);
    expect(await scanForSecret(dir, { canary })).toContainEqual({
      byte: 9,
      form: 'plain',
      name: 'canary',
      path: 'two.gz',
    });
    const behind = Buffer.concat([gzipSync('no secret'), Buffer.from([0]), Buffer.from(canary)]);
    writeFileSync(join(dir, 'behind.gz'), behind);
    expect(await rejection(scanForSecret(dir, { canary }))).toBe('QL_FILE_READ');
  });

  test('NODE-4: an empty folder and no secrets give nothing', async () => {
    expect(await scanForSecret(temporaryFolder(), { canary })).toEqual([]);
    expect(await scanForSecret(temporaryFolder(), {})).toEqual([]);
  });

  test('NODE-4: values that occur by chance and missing folders are refused', async () => {
    expect(await rejection(scanForSecret('/tmp', { pin: '1234' }))).toBe('QL_SECRET_SHORT');
    const missing = join(temporaryFolder(), 'missing');
    expect(await rejection(scanForSecret(missing, { canary }))).toBe('QL_FILE_READ');
  });
});
