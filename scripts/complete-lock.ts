/**
 * Adds to `package-lock.json` the optional packages of other platforms that the registry in use did
 * not list: without them `npm ci` refuses the lock file. Run after each change of dependencies.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface LockEntry {
  readonly version?: string;
  readonly dev?: true;
  readonly license?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const FILE = 'package-lock.json';
const SYSTEMS = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'win32',
];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

/** What a platform package is for, read off its name, as `@rollup/rollup-linux-x64-musl`. */
const platformOf = (name: string): Record<string, readonly string[]> => {
  const words = name.split('/').at(-1)?.split('-') ?? [];
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  if (os.length !== 1 || cpu.length !== 1) throw new Error(`${name}: names no platform`);
  if (os[0] !== 'linux') return { cpu, os };
  const musl = words.some((word) => word.startsWith('musl'));
  return { cpu, libc: [musl ? 'musl' : 'glibc'], os };
};

const lock = JSON.parse(readFileSync(FILE, 'utf8')) as { packages: Record<string, LockEntry> };
let added = 0;
for (const [owner, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] !== undefined || `${owner}/${key}` in lock.packages) continue;
    const { dev, license, engines } = entry;
    const made = { version, ...platformOf(name), dev, license, optional: true, engines };
    lock.packages[key] = made as LockEntry;
    added += 1;
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')),
);
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${FILE}: ${added} platform packages added`);
