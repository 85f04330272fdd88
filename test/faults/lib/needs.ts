/** What a machine can do for a fault case, installing small Debian packages where it may. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Need } from './case.js';

const runs = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

const isRoot = (): boolean => process.getuid?.() === 0;

/** Installs Debian packages; false when this is not a Debian, not root, or offline. */
function install(...packages: readonly string[]): boolean {
  if (!isRoot() || !existsSync('/usr/bin/apt-get')) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: readonly string[]): boolean =>
    spawnSync('apt-get', args, { stdio: 'ignore', env, timeout: 300_000 }).status === 0;
  if (apt('install', '-y', '--no-install-recommends', ...packages)) return true;
  return apt('update') && apt('install', '-y', '--no-install-recommends', ...packages);
}

/** A program on the PATH, from a Debian package if it has to be. */
const program = (name: string, debian: string): boolean =>
  runs('which', name) || (install(debian) && runs('which', name));

function canTrace(): boolean {
  return program('strace', 'strace') && runs('strace', '-f', '-o', '/dev/null', 'true');
}

function canMountTmpfs(): boolean {
  if (!isRoot()) return false;
  const at = mkdtempSync(join(tmpdir(), 'mount-'));
  try {
    return runs('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at) && runs('umount', at);
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
}

/** The headers of FUSE and the program that unmounts it. */
function canBuildFuse(): boolean {
  const has = (): boolean =>
    runs('pkg-config', '--exists', 'fuse3') && runs('which', 'fusermount3');
  return has() || (install('fuse3', 'libfuse3-dev', 'pkg-config') && has());
}

const libraryAt = (...paths: readonly string[]): boolean => paths.some((path) => existsSync(path));

const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

const CHECKS: Readonly<Record<Need, () => boolean>> = {
  btrfs: () => isRoot() && program('mkfs.btrfs', 'btrfs-progs'),
  faketime: () => libraryAt(FAKETIME) || (install('faketime') && libraryAt(FAKETIME)),
  fiu: () => program('fiu-run', 'fiu-utils'),
  flock: () => runs('flock', '--version'),
  fuse: () => isRoot() && existsSync('/dev/fuse') && canBuildFuse(),
  gcc: () => program('gcc', 'gcc'),
  linux: () => process.platform === 'linux',
  loop: () => isRoot() && existsSync('/dev/loop-control') && program('mkfs.ext4', 'e2fsprogs'),
  root: isRoot,
  shutdown: () => isRoot() && existsSync('/dev/loop-control'),
  strace: canTrace,
  stress: () => program('stress', 'stress'),
  tmpfs: canMountTmpfs,
  xfs: () => isRoot() && program('mkfs.xfs', 'xfsprogs'),
};

const known = new Map<Need, boolean>();

/** What of `needs` this machine lacks. */
export function missing(needs: readonly Need[]): readonly Need[] {
  return needs.filter((need) => {
    const found = known.get(need) ?? CHECKS[need]();
    known.set(need, found);
    return !found;
  });
}
