/** System calls of the writer program on its log's paths, and faults injected into them. */
import { readFileSync } from 'node:fs';

/** Calls that node makes on files and folders; others need no stop. */
const CALLS =
  'openat,open,read,pread64,readv,preadv,write,pwrite64,writev,pwritev,fsync,fdatasync,close,' +
  'link,linkat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,chmod,fchmod,fchmodat,' +
  'ftruncate,flock,getdents64,statx,fstat,newfstatat,lstat,stat,statfs,fstatfs,readlink';

/** One call of a trace, in order of entry. */
export interface TracedCall {
  readonly pid: string;
  readonly name: string;
  /** All of the line but the process. */
  readonly text: string;
  /** Path of the first descriptor or name among the arguments. */
  readonly path: string;
  /** True when the call failed, or was killed, because it was told to. */
  readonly injected: boolean;
  readonly failed: boolean;
}

export interface Injection {
  readonly syscall: string;
  /** `error=EIO`, `signal=KILL`, … */
  readonly what: string;
  /** `3`, `2+`, … */
  readonly when: string;
}

/** The strace command line. `paths` limits it, and what it injects into, to these paths. */
export function straceOf(
  log: string,
  options: { readonly paths?: readonly string[]; readonly inject?: readonly Injection[] } = {},
): readonly string[] {
  const inject = options.inject ?? [];
  // Signals are dropped at a seccomp stop, so killing needs every call to stop.
  const kills = inject.some(({ what }) => what.startsWith('signal'));
  return [
    'strace',
    ...(kills ? [] : ['--seccomp-bpf']),
    ...['-f', '-qq', '-y', '-s', '0', '-e', 'signal=none', '-o', log],
    ...(options.paths ?? []).flatMap((path) => ['-P', path]),
    ...['-e', `trace=${CALLS}`],
    ...inject.flatMap(({ syscall, what, when }) => [
      '-e',
      `inject=${syscall}:${what}:when=${when}`,
    ]),
  ];
}

const LINE = /^(\d+) +(?:<\.\.\. )?([a-z0-9_]+)( resumed>|\()(.*)$/;

/** Path of the first argument that has one: `3</a/b>`, `"/a/b"`; the mark of a deletion goes. */
function pathOf(args: string): string {
  const match = /^(?:AT_FDCWD<[^>]*>, )?(?:\d+<([^>]*)>|"([^"]*)")/.exec(args);
  return match?.[1] ?? match?.[2] ?? '';
}

/** The calls of a trace file. An interrupted line and its continuation are one call. */
export function readTrace(file: string): readonly TracedCall[] {
  const calls: TracedCall[] = [];
  const open = new Map<string, number>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, pid = '', name = '', mark, rest = ''] = LINE.exec(line) ?? [];
    if (mark === undefined) continue;
    const injected = rest.includes('(INJECTED)');
    const failed = / = -1 /.test(rest);
    if (mark === '(') {
      const unfinished = rest.endsWith('<unfinished ...>') || / = \?/.test(rest);
      if (unfinished) open.set(pid, calls.length);
      const text = `${name}(${rest}`;
      calls.push({ pid, name, text, path: pathOf(rest), injected, failed });
      continue;
    }
    const at = open.get(pid);
    const begun = at === undefined ? undefined : calls[at];
    if (at === undefined || begun === undefined) continue;
    calls[at] = { ...begun, text: `${begun.text} ${rest}`, injected, failed };
    open.delete(pid);
  }
  return calls;
}

const CHANGING = new Set([
  ...['write', 'pwrite64', 'writev', 'pwritev', 'fsync', 'fdatasync', 'ftruncate'],
  ...['link', 'linkat', 'unlink', 'unlinkat', 'rename', 'renameat', 'renameat2', 'mkdir'],
  ...['chmod', 'fchmod', 'fchmodat'],
]);

/** Changing calls on the log after its first injected failure; a poisoned writer makes none. */
export function callsAfterFailure(
  calls: readonly TracedCall[],
  within: string,
): readonly TracedCall[] {
  const failed = calls.findIndex(({ injected }) => injected);
  if (failed < 0) return [];
  return calls
    .slice(failed + 1)
    .filter(({ name, path }) => CHANGING.has(name) && path.startsWith(within));
}
