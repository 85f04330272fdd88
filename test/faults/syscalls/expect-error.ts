/** What a run must answer to a call that failed. */
import type { Site } from './sweep.js';
import type { Told } from './told.js';

/** Names that libuv gives to the calls it makes; some calls stand for several of its own. */
const LIBUV_NAMES: Readonly<Record<string, readonly string[]>> = {
  openat: ['open', 'scandir'],
  read: ['read'],
  pread64: ['read'],
  write: ['write'],
  pwrite64: ['write'],
  fsync: ['fsync'],
  fdatasync: ['fdatasync'],
  close: ['close', 'scandir'],
  link: ['link'],
  unlink: ['unlink'],
  rename: ['rename'],
  mkdir: ['mkdir'],
  chmod: ['chmod'],
  ftruncate: ['ftruncate'],
  flock: ['flock'],
  getdents64: ['scandir'],
  newfstatat: ['scandir'],
  statx: ['fstat', 'lstat', 'stat'],
  statfs: ['statfs'],
};

function says(message: string, errno: string, name: string): boolean {
  // flock(1) tells in words, and no number.
  if (name === 'flock') return message.startsWith('flock(1) could not tell');
  return message.startsWith(`${errno} (errno -`) && message.includes(` during ${name} on `);
}

/** The error must be of a log's class, and name errno and call; null when it is and does. */
export function wrongError(
  told: Told,
  { syscall, harmless }: Site,
  ...errnos: readonly string[]
): string | null {
  const { error, refusals } = told;
  if (error === null && harmless && told.closed) return null;
  if (error === null) return `no error was reported: ${told.lines.join(' / ')}`;
  const { code, message, posix, phase } = error;
  const expected = phase === 'open' ? ['WAL_IO', 'WAL_POISONED'] : ['WAL_POISONED'];
  if (!expected.includes(code ?? '')) {
    return `${code} during ${phase}, expected ${expected.join(' or ')}: ${message}`;
  }
  if (syscall !== 'flock' && !errnos.includes(posix ?? '')) {
    return `the cause is ${posix}, injected was ${errnos.join(' or ')}: ${message}`;
  }
  const names = LIBUV_NAMES[syscall] ?? [syscall];
  if (!names.some((name) => says(message, posix ?? '', name))) {
    return `"${message}" does not name ${posix} during ${names.join(' or ')}`;
  }
  for (const [call, answer] of Object.entries(refusals ?? {})) {
    const due = call === 'state' ? 'poisoned' : 'WAL_POISONED';
    if (answer !== due) return `after the failure ${call} answers ${answer}, expected ${due}`;
  }
  return null;
}
