import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from './folders.js';

const OLD = 'old'.repeat(400);
const NEW = 'new'.repeat(4000);
const strace = spawnSync('strace', ['-V']).status === 0;

/** `atomic-write.ts` as one plain module, so that a child starts in milliseconds. */
let module = '';
beforeAll(() => {
  const built = buildSync({
    entryPoints: ['src/node/atomic-write.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  module = built.outputFiles[0]?.text ?? '';
});

interface Outcome {
  /** `done`, an error code, or the signal that ended the child. */
  readonly said: string;
  readonly content: string;
  readonly left: readonly string[];
}

/** Writes once more with one system call made to fail, or to be the child's last. */
const attempt = (verb: 'writeOnce' | 'replaceAtomically', fault: string | null): Outcome => {
  const dir = temporaryFolder();
  const path = join(dir, 'file');
  if (verb === 'replaceAtomically') writeFileSync(path, OLD);
  writeFileSync(join(dir, 'atomic.mjs'), module);
  const script = `
    import { ${verb} } from '${dir}/atomic.mjs';
    import { rmSync } from 'node:fs';
    rmSync('${dir}/atomic.mjs');
    const bytes = new TextEncoder().encode('new'.repeat(4000));
    await ${verb}('${path}', bytes).then(() => console.log('done'), (e) => console.log(e.code));`;
  const node = [process.execPath, '--input-type=module', '-e', script];
  const inject = fault === null ? [] : ['-e', `inject=${fault}`];
  // One thread does the file work, so that calls are counted in one place.
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' };
  const calls = 'trace=fsync,link,linkat,rename,renameat,renameat2,unlink,pwrite64';
  const args = ['-f', '-qq', '-o', join(dir, 'strace.txt'), '-e', calls, ...inject, ...node];
  const child = spawnSync('strace', args, { encoding: 'utf8', env });
  rmSync(join(dir, 'strace.txt'), { force: true });
  const left = readdirSync(dir).filter((name) => name !== 'file');
  let content = '';
  try {
    content = readFileSync(path, 'utf8');
  } catch {
    // Not there, which is one of the two lawful states of a file written once.
  }
  return { said: child.stdout.trim() || (child.signal ?? 'nothing'), content, left };
};

// The first unlink is of the script's own module; in `writeOnce` the second is of the second name.
const faults = (errors: readonly string[]): [string, 'writeOnce' | 'replaceAtomically'][] =>
  errors.flatMap((error): [string, 'writeOnce' | 'replaceAtomically'][] => [
    [`pwrite64:${error}:when=1`, 'writeOnce'],
    [`fsync:${error}:when=1`, 'writeOnce'],
    [`link:${error}:when=1`, 'writeOnce'],
    [`fsync:${error}:when=2`, 'writeOnce'],
    [`pwrite64:${error}:when=1`, 'replaceAtomically'],
    [`fsync:${error}:when=1`, 'replaceAtomically'],
    [`rename:${error}:when=1`, 'replaceAtomically'],
    [`fsync:${error}:when=2`, 'replaceAtomically'],
  ]);

describe.skipIf(!strace)('a file system that fails', () => {
  test.each(['writeOnce', 'replaceAtomically'] as const)('control: %s without a fault', (verb) => {
    expect(attempt(verb, null)).toEqual({ said: 'done', content: NEW, left: [] });
  });

  test.each(faults(['error=ENOSPC']))(
    'NODE-1: %s in %s is an error, the file whole',
    (fault, verb) => {
      const { said, content, left } = attempt(verb, fault);
      expect(said).toBe('QL_FILE_WRITE');
      expect([verb === 'writeOnce' ? '' : OLD, NEW]).toContain(content);
      expect(left).toEqual([]);
    },
  );

  test.each(faults(['signal=KILL']))(
    'NODE-1: killed at %s in %s, the file is whole',
    (fault, verb) => {
      const { said, content } = attempt(verb, fault);
      expect(said).toBe('SIGKILL');
      expect([verb === 'writeOnce' ? '' : OLD, NEW]).toContain(content);
    },
  );
});
