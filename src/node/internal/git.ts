/** State of the git working tree: evidence of where code came from, never its identity. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitEvidence } from '../../manifest/index.js';
import { compareUtf8, hashFile } from './hash-files.js';

const UNTRACKED_LISTED_MAX = 256;
const UNTRACKED_BYTES_MAX = 16 * 1024 * 1024;
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
const GIT_TIMEOUT_MS = 30_000;

/** A repository's own configuration must not make us run its programs. */
const SAFE = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];

function git(cwd: string, ...args: readonly string[]): Promise<Buffer> {
  return new Promise((done, fail) => {
    execFile(
      'git',
      [...SAFE, ...args],
      {
        cwd,
        encoding: 'buffer',
        env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
        maxBuffer: OUTPUT_BYTES_MAX,
        timeout: GIT_TIMEOUT_MS,
      },
      (error, stdout) => (error === null ? done(stdout) : fail(error)),
    );
  });
}

async function line(cwd: string, ...args: readonly string[]): Promise<string> {
  return (await git(cwd, ...args)).toString('utf8').trim();
}

async function untrackedFiles(top: string): Promise<string[]> {
  const listed = await git(top, 'ls-files', '--others', '--exclude-standard', '-z');
  return listed.toString('utf8').split('\0').filter(Boolean).sort(compareUtf8);
}

async function hashUntracked(top: string, path: string): Promise<string | null> {
  const full = join(top, path);
  const stat = await lstat(full).catch(() => null);
  if (stat === null || !stat.isFile() || stat.size > UNTRACKED_BYTES_MAX) return null;
  return await hashFile(full).catch(() => null);
}

/** Evidence for the working tree around `dir`; null when there is none or no git. */
export async function gitEvidence(dir: string): Promise<GitEvidence | null> {
  try {
    const top = await line(dir, 'rev-parse', '--show-toplevel');
    const commit = await line(top, 'rev-parse', 'HEAD');
    const tree = await line(top, 'rev-parse', 'HEAD^{tree}');
    const branch = await line(top, 'rev-parse', '--abbrev-ref', 'HEAD');
    const diff = await git(top, 'diff', '--binary', '--no-ext-diff', '--no-textconv', 'HEAD');
    const untracked = await untrackedFiles(top);
    const listed: { path: string; sha256: string | null }[] = [];
    for (const path of untracked.slice(0, UNTRACKED_LISTED_MAX)) {
      listed.push({ path, sha256: await hashUntracked(top, path) });
    }
    return {
      branch,
      commit,
      diffSha256: createHash('sha256').update(diff).digest('hex'),
      dirty: diff.length > 0 || untracked.length > 0,
      tree,
      untracked: listed,
      untrackedCount: untracked.length,
    };
  } catch {
    return null;
  }
}
