/** A disk that forgets what was not synced, with the writer program on it. */
import { join } from 'node:path';
import type { WriterSpec } from '../program/spec.js';
import { checkLog, type Finding } from './check-log.js';
import { compile, Disks, type ForgetfulDisk } from './disks.js';
import { bundleWriter, WriterProcess } from './writer-process.js';

export class ForgetfulSetting {
  readonly disk: ForgetfulDisk;
  readonly #program: string;

  constructor(disk: ForgetfulDisk, program: string) {
    this.disk = disk;
    this.#program = program;
  }

  path(name: string): string {
    return join(this.disk.at, name);
  }

  write(name: string, spec: Omit<WriterSpec, 'dir' | 'allowUnsafeFs'>): WriterProcess {
    return new WriterProcess(this.#program, { ...spec, dir: this.path(name), allowUnsafeFs: true });
  }

  check(name: string, promised: number): Promise<Finding> {
    return checkLog(this.path(name), promised, { allowUnsafeFs: true });
  }

  /**
   * Arms a fault, runs a writer into it, and brings the disk back.
   *
   * @returns the writer, or null when it ended before the fault struck
   */
  async strike(
    fault: string,
    name: string,
    spec: Omit<WriterSpec, 'dir' | 'allowUnsafeFs'>,
  ): Promise<WriterProcess | null> {
    const { strikes } = this.disk.figures();
    this.disk.command(fault);
    const writer = this.write(name, spec);
    await writer.ended();
    this.disk.command('thaw');
    return this.disk.figures().strikes === strikes + 1 ? writer : null;
  }
}

/** Compiles and mounts, lets `work` do its rounds, and takes everything away again. */
export async function onForgetfulDisk<T>(
  scratch: string,
  work: (setting: ForgetfulSetting) => Promise<T>,
): Promise<T> {
  const disks = new Disks(scratch);
  try {
    const disk = await disks.forgetful(compile('forgetful-fs.c', scratch, ['fuse3']));
    return await work(new ForgetfulSetting(disk, await bundleWriter(scratch)));
  } finally {
    disks.close();
  }
}

/** All ways to keep some of `count` things; bit 0 is the first. */
export function keepsOf(count: number, options: { readonly proper: boolean }): readonly string[] {
  const [from, to] = options.proper ? [1, 2 ** count - 1] : [0, 2 ** count];
  return Array.from({ length: to - from }, (_, i) => {
    const kept = Array.from({ length: count }, (_, k) => k + 1).filter(
      (one) => ((from + i) >> (one - 1)) % 2 === 1,
    );
    return kept.length === 0 ? '0' : kept.join(',');
  });
}
