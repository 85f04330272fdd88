import { execFileSync, spawnSync } from 'node:child_process';
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
import { replaceAtomically, writeOnce } from 'quantlaxmi/node';
import { describe, expect, test } from 'vitest';
import { rejection, temporaryFolder } from './folders.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('writing files', () => {
  test('NODE-1: evidence is written once; the same bytes again are no error', async () => {
    const path = join(temporaryFolder(), 'a.json');
    await writeOnce(path, bytes('one'));
    await writeOnce(path, bytes('one'));
    expect(await rejection(writeOnce(path, bytes('two')))).toBe('QL_FILE_EXISTS');
    expect(readFileSync(path, 'utf8')).toBe('one');
    // The control: replacing is possible where it is asked for.
    await replaceAtomically(path, bytes('two'));
    expect(readFileSync(path, 'utf8')).toBe('two');
  });

  test('NODE-1: nothing but the file is left behind, also after a refusal', async () => {
    const dir = temporaryFolder();
    const path = join(dir, 'a.json');
    await writeOnce(path, bytes('one'));
    await rejection(writeOnce(path, bytes('two')));
    await replaceAtomically(path, bytes('three'));
    expect(readdirSync(dir)).toEqual(['a.json']);
    expect(statSync(path).mode & 0o777).toBe(0o640 & ~process.umask());
  });

  test('NODE-1: of many writers at once one wins, and the file is its file, whole', async () => {
    const path = join(temporaryFolder(), 'a.json');
    const texts = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(5000));
    const outcomes = await Promise.all(
      texts.map((text) => rejection(writeOnce(path, bytes(text)))),
    );
    expect(outcomes.filter((outcome) => outcome === 'resolved')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'QL_FILE_EXISTS')).toHaveLength(19);
    expect(texts).toContain(readFileSync(path, 'utf8'));
  });

  test('NODE-1: a link in the place of the file is not followed', async () => {
    const dir = temporaryFolder();
    const target = join(dir, 'target');
    writeFileSync(target, 'one');
    symlinkSync(target, join(dir, 'link'));
    expect(await rejection(writeOnce(join(dir, 'link'), bytes('one')))).toBe('QL_FILE_WRITE');
    await replaceAtomically(join(dir, 'link'), bytes('two'));
    expect(readFileSync(target, 'utf8')).toBe('one');
  });

  test('NODE-1: a folder that is missing is named with the errno', async () => {
    const path = join(temporaryFolder(), 'missing', 'a.json');
    await expect(writeOnce(path, bytes('x'))).rejects.toThrow(/ENOENT during write/);
    expect(await rejection(replaceAtomically(path, bytes('x')))).toBe('QL_FILE_WRITE');
  });

  test.skipIf(process.getuid?.() === 0)('a folder without permission is named', async () => {
    const dir = join(temporaryFolder(), 'closed');
    mkdirSync(dir);
    chmodSync(dir, 0o500);
    await expect(writeOnce(join(dir, 'a'), bytes('x'))).rejects.toThrow(/EACCES/);
  });

  const strace = spawnSync('strace', ['-V']).status === 0;
  test.skipIf(!strace)('NODE-1: file, then link, then folder are synced, in that order', () => {
    const dir = temporaryFolder();
    const log = join(dir, 'strace.txt');
    const script = `
      const { writeOnce, replaceAtomically } = await import('${process.cwd()}/src/node/index.ts');
      await writeOnce('${dir}/once', new Uint8Array([1]));
      await replaceAtomically('${dir}/once', new Uint8Array([2]));`;
    const trace = ['-f', '-e', 'trace=fsync,link,linkat,rename,renameat,renameat2', '-o', log];
    execFileSync('strace', [
      ...trace,
      ...['node', '--import', 'tsx', '--input-type=module', '-e', script],
    ]);
    const calls = readFileSync(log, 'utf8')
      .split('\n')
      .flatMap((line) => /\b(fsync|link|rename)(?:at2?)?\(/.exec(line)?.[1] ?? []);
    expect(calls).toEqual(['fsync', 'link', 'fsync', 'fsync', 'rename', 'fsync']);
  });
});
