/** Evidence read from this machine's files and sockets. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { secretScanner } from 'quantlaxmi/gates';
import { artefactFolder, environmentSecrets } from 'quantlaxmi/node';
import { STANDARD_METRICS } from 'quantlaxmi/observability';
import { afterEach, describe, expect, test } from 'vitest';
import { exporterProbe } from '../../src/node/pipeline/gate-evidence.js';

const { gzipSync } = zlib;
const made: string[] = [];
const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'quantlaxmi-evidence-'));
  made.push(dir);
  return dir;
};
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const readAll = async (dir: string, path: string): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of artefactFolder(dir).read(path)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};
const text = Array.from({ length: 60_000 }, (_, i) => ((i * 2_654_435_761) >>> 0) % 10).join('');

describe('artefacts', () => {
  test('control: plain and gzip files are read to their end', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'a.txt'), text);
    writeFileSync(join(dir, 'a.gz'), gzipSync(text));
    expect(await readAll(dir, 'a.txt')).toBe(text);
    expect(await readAll(dir, 'a.gz')).toBe(text);
  });

  test.each([
    ['a gzip file that is not there', () => {}, 'ENOENT'],
    [
      'a gzip file cut in half',
      (path: string) => writeFileSync(path, gzipSync(text).subarray(0, 500)),
      'Z_BUF_ERROR',
    ],
    [
      'a gzip file with a flipped byte',
      (path: string) => {
        const bytes = gzipSync(text);
        bytes[bytes.length - 6] = (bytes[bytes.length - 6] ?? 0) ^ 1;
        writeFileSync(path, bytes);
      },
      'Z_DATA_ERROR',
    ],
    ['a gzip link that leads out', (path: string) => symlinkSync('/etc/hostname', path), 'ELOOP'],
  ])('GATES-2: %s is an error for its reader', async (_name, make, code) => {
    const dir = folder();
    make(join(dir, 'a.gz'));
    const outcome = await readAll(dir, 'a.gz').then(
      (read) => `read ${read.length}`,
      (error: { readonly code: string }) => error.code,
    );
    expect(outcome).toBe(code);
  });

  test('GATES-2: a zstd file is unpacked, or an error where it can not be', async () => {
    const dir = folder();
    const { zstdCompressSync = null } = zlib as unknown as {
      readonly zstdCompressSync?: (text: string) => Buffer;
    };
    writeFileSync(join(dir, 'a.zst'), zstdCompressSync === null ? text : zstdCompressSync(text));
    const outcome = await readAll(dir, 'a.zst').catch(({ code }: { code: string }) => code);
    expect(outcome).toBe(zstdCompressSync === null ? 'WAL_IO' : text);
  });

  test('a reader that stops early leaves nothing behind', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'a.gz'), gzipSync(text.repeat(20)));
    for await (const chunk of artefactFolder(dir).read('a.gz')) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  });
});

describe('secrets of the environment', () => {
  test.each([300, 3000])('GATES-8: a value of %d characters is looked for', async (length) => {
    const name = 'QL_TEST_LONG_API_KEY';
    const value = Array.from({ length }, (_, i) => String.fromCharCode(97 + ((i * i) % 26))).join(
      '',
    );
    process.env[name] = value;
    try {
      const secrets = environmentSecrets();
      expect(Object.keys(secrets)).toContain(name);
      const dir = folder();
      writeFileSync(join(dir, 'clean.log'), value.slice(1));
      writeFileSync(join(dir, 'leak.gz'), gzipSync(`${text}${value}${text}`));
      const scanner = secretScanner({ secrets, patterns: [] });
      const files = artefactFolder(dir);
      expect(await scanner.scan('clean.log', files.read('clean.log'))).toEqual([]);
      expect(await scanner.scan('leak.gz', files.read('leak.gz'))).toEqual([
        { path: 'leak.gz', name, form: 'plain', byte: text.length },
      ]);
    } finally {
      delete process.env[name];
    }
  });
});

describe('the exporter probe', () => {
  test('answers with the sample that was recorded', async () => {
    const { ok, detail } = await exporterProbe(STANDARD_METRICS);
    expect([ok, detail.includes(' with the sample quantlaxmi_events_total{')]).toEqual([
      true,
      true,
    ]);
  });

  test('GATES-2: a body without the sample is no answer', async () => {
    const renamed = STANDARD_METRICS.map((one) => ({ ...one, name: `x_${one.name}` }));
    for (const definitions of [[], renamed]) {
      const { ok, detail } = await exporterProbe(definitions);
      expect([ok, detail.includes(' without the sample ')]).toEqual([false, true]);
    }
  });
});
