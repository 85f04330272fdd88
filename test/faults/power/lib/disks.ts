/**
 * File systems of a case's own: mounted under its scratch folder, and gone afterwards whatever
 * happens, also when the run is interrupted. A loop device is given back by its unmounting.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { killWriters } from './writer-process.js';

const FUSE = 0x65735546;
const open = new Set<Disks>();

const command = (name: string, ...args: readonly string[]): string =>
  execFileSync(name, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Compiles a C source of `tools/` into `folder`. */
export function compile(source: string, folder: string, packages: readonly string[] = []): string {
  const out = join(folder, source.replace(/\.c$/, ''));
  const path = fileURLToPath(new URL(`../tools/${source}`, import.meta.url));
  const flags =
    packages.length === 0 ? '' : command('pkg-config', '--cflags', '--libs', ...packages);
  command('gcc', '-O1', '-Wall', '-Wextra', '-o', out, path, ...flags.split(/\s+/).filter(Boolean));
  return out;
}

function closeAll(signal: NodeJS.Signals): void {
  for (const disks of open) disks.close();
  process.kill(process.pid, signal);
}

/** What an image can hold, and how it is made. */
export type FileSystem = 'btrfs' | 'ext4' | 'ext4 without a journal' | 'xfs';

const EXT4 = ['mkfs.ext4', '-q', '-F', '-b', '4096', '-N', '512', '-m', '0'];
const FILE_SYSTEMS: Readonly<
  Record<FileSystem, { readonly mb: number; readonly make: readonly string[] }>
> = {
  btrfs: { mb: 128, make: ['mkfs.btrfs', '-q'] },
  ext4: { mb: 64, make: [...EXT4, '-J', 'size=4'] },
  'ext4 without a journal': { mb: 16, make: [...EXT4, '-O', '^has_journal'] },
  xfs: { mb: 300, make: ['mkfs.xfs', '-q'] },
};

export class Disks {
  readonly #scratch: string;
  readonly #mounted: string[] = [];
  readonly #serving: ChildProcess[] = [];
  #made = 0;

  constructor(scratch: string) {
    this.#scratch = scratch;
    if (open.size === 0) {
      process.once('SIGINT', closeAll);
      process.once('SIGTERM', closeAll);
    }
    open.add(this);
  }

  folder(kind: string): string {
    this.#made += 1;
    const path = join(this.#scratch, `${kind}-${this.#made}`);
    mkdirSync(path);
    return path;
  }

  tmpfs(sizeKb: number): string {
    const at = this.folder('tmpfs');
    command('mount', '-t', 'tmpfs', '-o', `size=${sizeKb}k`, 'tmpfs', at);
    this.#mounted.push(at);
    return at;
  }

  resizeTmpfs(at: string, sizeKb: number): void {
    command('mount', '-o', `remount,size=${sizeKb}k`, at);
  }

  /** Makes a sparse image with an empty file system in it. */
  image(folder: string, kind: FileSystem): string {
    this.#made += 1;
    const path = join(folder, `image-${this.#made}`);
    const { mb, make } = FILE_SYSTEMS[kind];
    command('truncate', '-s', `${mb}M`, path);
    const [name = '', ...args] = make;
    command(name, ...args, path);
    return path;
  }

  mount(image: string, options: readonly string[] = []): string {
    const at = this.folder('disk');
    command('mount', '-o', ['loop', ...options].join(','), image, at);
    this.#mounted.push(at);
    return at;
  }

  unmount(at: string): void {
    command('umount', at);
    this.#mounted.splice(this.#mounted.indexOf(at), 1);
  }

  /** Mounts the file system that forgets what was not synced. */
  async forgetful(program: string): Promise<ForgetfulDisk> {
    const at = this.folder('forgetful');
    const serving = spawn(program, ['-f', '-s', at], { stdio: ['ignore', 'ignore', 'inherit'] });
    this.#serving.push(serving);
    this.#mounted.push(at);
    while (statfsSync(at).type !== FUSE) {
      if (serving.exitCode !== null) throw new Error(`${program} ended at once`);
      await sleep(2);
    }
    return new ForgetfulDisk(at);
  }

  /** Unmounts everything, newest first. */
  close(): void {
    killWriters();
    for (const at of this.#mounted.splice(0).toReversed()) {
      const done = spawnSync('umount', [at]).status === 0;
      if (!done) spawnSync('umount', ['-l', at]);
    }
    for (const serving of this.#serving.splice(0)) serving.kill('SIGTERM');
    open.delete(this);
    if (open.size > 0) return;
    process.off('SIGINT', closeAll);
    process.off('SIGTERM', closeAll);
  }
}

/** Writes finished by the loop device of a mounted image, and whether any is on its way. */
export function deviceWrites(image: string): { readonly done: number; readonly inFlight: number } {
  const name = command('losetup', '--noheadings', '--output', 'NAME', '-j', image).trim();
  const stat = readFileSync(`/sys/block/${basename(name)}/stat`, 'utf8')
    .trim()
    .split(/\s+/);
  return { done: Number(stat[4]), inFlight: Number(stat[8]) };
}

/** Figures of `forgetful-fs.c` since it was mounted. */
interface ForgetfulFigures {
  readonly writes: number;
  readonly syncs: number;
  readonly strikes: number;
  readonly lostBytes: number;
  readonly lostNames: number;
  readonly keptSectors: number;
}

export class ForgetfulDisk {
  readonly at: string;
  constructor(at: string) {
    this.at = at;
  }

  command(line: string): void {
    writeFileSync(join(this.at, '.control'), `${line}\n`);
  }

  figures(): ForgetfulFigures {
    return JSON.parse(readFileSync(join(this.at, '.control'), 'utf8')) as ForgetfulFigures;
  }
}
