import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isQuantlaxmiError } from 'quantlaxmi/core';
import {
  encodeManifest,
  type Manifest,
  manifestHashOf,
  parseManifest,
  sealManifest,
} from 'quantlaxmi/manifest';
import { createSession, fileStore, openSession, readLocators } from 'quantlaxmi/node';
import { afterAll, describe, expect, test } from 'vitest';
import { readFileCapped, resolveInside } from '../../src/node/internal/read-file.js';
import { sessionBody } from '../manifest/samples.js';

const root = mkdtempSync(join(tmpdir(), 'quantlaxmi-paths-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const codeOf = async (act: () => unknown): Promise<string> => {
  try {
    await act();
  } catch (error) {
    return isQuantlaxmiError(error) ? error.code : String((error as { code?: unknown }).code);
  }
  return 'accepted';
};

const BAD = [
  ...['..', '../x', 'a/../../x', 'a/..', './a', '/etc/passwd', '//x', 'a//b', 'a/', ''],
  ...['a\0b', 'C:\\x', 'C:/x', '\\\\host\\x', 'a\\..\\b', 'a b', 'é', '~/x', '%2e%2e/x', 'a\n'],
];

describe('paths of a manifest', () => {
  test.each(BAD)('MANIFEST-4: %j is refused, however well its manifest is hashed', async (path) => {
    const { universe, wal, ...rest } = sessionBody();
    if (universe === null) throw new Error('sample without universe');
    const bodies = [
      { ...rest, wal, universe: { ...universe, path } },
      { ...rest, universe, wal: { ...wal, dir: path } },
      {
        ...rest,
        universe,
        wal: { ...wal, segments: wal.segments.map((s) => ({ ...s, name: path })) },
      },
    ];
    for (const body of bodies) {
      // An empty name is the schema's to refuse.
      const due = path === '' ? /^QL_MANIFEST_/ : /^QL_MANIFEST_PATH$/;
      expect(await codeOf(() => sealManifest(body))).toMatch(due);
      const forged = { ...body, manifestHash: manifestHashOf(body) } as Manifest;
      expect(await codeOf(() => parseManifest(encodeManifest(forged)))).toMatch(due);
    }
  });

  test('MANIFEST-4: the platform would take what the rule refuses', () => {
    // The control: on this system a NUL and a drive letter are plain names to path.resolve.
    expect(resolve('/a', 'C:\\x')).toBe('/a/C:\\x');
    expect(resolve('/a', 'b\0c')).toBe('/a/b\0c');
  });

  test.each(BAD)('NODE-12: a store does not open, link or remove %j', async (name) => {
    const store = fileStore(join(root, 'store'));
    for (const act of [
      () => store.open(name),
      () => store.create(name),
      () => store.link(name, 'x'),
      () => store.rename('x', name),
      () => store.remove(name),
    ]) {
      expect(['QL_PATH_UNSAFE', 'EISDIR', 'ENOENT', 'EEXIST', 'EINVAL']).toContain(
        await codeOf(act),
      );
    }
    expect(existsSync('/etc/passwd')).toBe(true);
  });
});

describe('what stands where a file should', () => {
  const make = (name: string): string => {
    const dir = join(root, name);
    mkdirSync(dir);
    return dir;
  };

  test('NODE-7: a fifo, a folder, a device and a link are no files; nothing waits', async () => {
    const dir = make('kinds');
    execFileSync('mkfifo', [join(dir, 'fifo')]);
    mkdirSync(join(dir, 'folder'));
    writeFileSync(join(dir, 'real'), '{}');
    symlinkSync(join(dir, 'real'), join(dir, 'link'));
    const options = { bytesMax: 100, absent: 'throw' } as const;
    for (const name of ['fifo', 'folder', 'link', 'none']) {
      const code = await codeOf(() => readFileCapped(join(dir, name), options));
      expect([name, code]).toEqual([name, 'QL_FILE_READ']);
    }
    expect(await codeOf(() => readFileCapped('/dev/zero', options))).toBe('QL_FILE_READ');
    expect(await codeOf(() => readFileCapped(join(dir, 'real'), options))).toBe('accepted');
    symlinkSync(join(dir, 'real'), join(dir, 'locators.json'));
    expect(await codeOf(() => readLocators(dir))).toBe('QL_FILE_READ');
  });

  test('NODE-12: realpath of a path stays inside, through links on the way too', async () => {
    const dir = make('inside');
    const outside = make('outside');
    writeFileSync(join(outside, 'x'), '');
    mkdirSync(join(dir, 'own'));
    symlinkSync(outside, join(dir, 'out'));
    symlinkSync(join(dir, 'own'), join(dir, 'in'));
    expect(await codeOf(() => resolveInside(dir, 'out/x'))).toBe('QL_PATH_UNSAFE');
    expect(await codeOf(() => resolveInside(dir, 'out'))).toBe('QL_PATH_UNSAFE');
    expect(await codeOf(() => resolveInside(dir, 'in/y'))).toBe('accepted');
    expect(await codeOf(() => resolveInside(dir, '../outside/x'))).toBe('QL_PATH_UNSAFE');
  });

  test('NODE-12: a link in place of a log, a segment or a manifest is refused', async () => {
    const dir = join(root, 'session');
    const writer = await createSession(dir, {
      capture: { feed: { name: 'test', version: '1' } },
      policy: { kind: 'os' },
    });
    const { manifest } = await writer.seal();
    const name = manifest.wal.segments[0]?.name as string;
    for (const file of ['session_manifest.json', `wal/${name}`]) {
      renameSync(join(dir, file), join(root, 'moved'));
      symlinkSync(join(root, 'moved'), join(dir, file));
      const code = await codeOf(async () => await (await openSession(dir)).verify());
      expect([file, code]).toEqual([file, expect.stringMatching(/^(QL_FILE_READ|WAL_IO)$/)]);
      rmSync(join(dir, file));
      renameSync(join(root, 'moved'), join(dir, file));
    }
    expect((await (await openSession(dir)).verify()).ok).toBe(true);
    renameSync(join(dir, 'wal'), join(root, 'moved-wal'));
    symlinkSync(join(root, 'moved-wal'), join(dir, 'wal'));
    expect(await codeOf(() => openSession(dir))).toBe('QL_PATH_UNSAFE');
  });

  test('NODE-12: reading and checking remove nothing, listed or not', async () => {
    const dir = join(root, 'strangers');
    const writer = await createSession(dir, {
      capture: { feed: { name: 'test', version: '1' } },
      policy: { kind: 'os' },
    });
    await writer.seal();
    for (const name of ['notes.txt', 'wal/notes.txt', 'wal/.hidden', 'wal/old.tmp']) {
      writeFileSync(join(dir, name), 'mine');
    }
    const before = readdirSync(dir, { recursive: true }).sort();
    await (await openSession(dir)).verify();
    expect(readdirSync(dir, { recursive: true }).sort()).toEqual(before);
  });
});
