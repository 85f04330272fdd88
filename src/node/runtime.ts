/** Versions of everything under the code: evidence for explaining a difference. @module */
import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, release } from 'node:os';
import type { EnvEvidence } from '../manifest/index.js';

/** `f_type` of Linux's statfs(2), from the kernel's magic.h. */
const FILE_SYSTEMS: ReadonlyMap<number, string> = /* @__PURE__ */ new Map([
  [0xef53, 'ext4'],
  [0x01021994, 'tmpfs'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x794c7630, 'overlay'],
  [0x2fc12fc1, 'zfs'],
  [0xf2f52010, 'f2fs'],
  [0x6969, 'nfs'],
  [0x65735546, 'fuse'],
  [0xff534d42, 'cifs'],
  [0x01021997, '9p'],
  [0x1a, 'apfs'],
]);

async function fileSystemOf(dir: string): Promise<string> {
  try {
    const { type } = await statfs(dir);
    const magic = type >>> 0;
    return FILE_SYSTEMS.get(magic) ?? `0x${magic.toString(16)}`;
  } catch {
    return 'unknown';
  }
}

function runtimeName(): string {
  const versions: Readonly<Record<string, string | undefined>> = process.versions;
  for (const name of ['bun', 'deno']) {
    const version = versions[name];
    if (version !== undefined) return `${name} ${version}`;
  }
  return `node ${process.versions.node}`;
}

/**
 * Runtime, libraries, machine, locale and file system, as a manifest records them. No decision may
 * depend on any of it.
 *
 * @param dir - folder whose file system is named
 * @example
 * ```ts
 * import { runtimeVersions } from 'quantlaxmi/node';
 *
 * const env = await runtimeVersions('.');
 * env.v8.length > 0; // => true
 * ```
 */
export async function runtimeVersions(dir: string): Promise<EnvEvidence> {
  const versions: Readonly<Record<string, string | undefined>> = process.versions;
  const of = (name: string): string => versions[name] ?? '';
  const { locale, timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return {
    arch: process.arch,
    cpu: cpus()[0]?.model.trim() ?? '',
    cpuCount: availableParallelism(),
    fs: await fileSystemOf(dir),
    icu: of('icu'),
    locale,
    openssl: of('openssl'),
    os: `${process.platform} ${release()}`,
    runtime: runtimeName(),
    tz: timeZone,
    tzdata: of('tz'),
    unicode: of('unicode'),
    uv: of('uv'),
    v8: of('v8'),
  };
}
