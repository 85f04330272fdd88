/**
 * The log's errors. Each names the place, what was found, what was expected and what to do.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';

/** Codes a log can fail with. */
export type WalErrorCode =
  | 'WAL_ANCHOR'
  | 'WAL_BACKPRESSURE'
  | 'WAL_BATCH_TOO_LARGE'
  | 'WAL_CHAIN'
  | 'WAL_CLOSED'
  | 'WAL_CORRUPT'
  | 'WAL_FOREIGN'
  | 'WAL_IO'
  | 'WAL_LINE_TOO_LONG'
  | 'WAL_LOCKED'
  | 'WAL_LOW_SPACE'
  | 'WAL_NON_CANONICAL'
  | 'WAL_OPTIONS'
  | 'WAL_POISONED'
  | 'WAL_ROLLBACK'
  | 'WAL_RX_ORDER'
  | 'WAL_SEGMENT_MISSING'
  | 'WAL_SEQ'
  | 'WAL_TORN_TAIL'
  | 'WAL_UNKNOWN_TYPE'
  | 'WAL_UNSEALED'
  | 'WAL_VERSION';

/** Where in the log something was found. */
export interface WalPlace {
  readonly file: string;
  /** First byte of the line concerned. */
  readonly byte: number;
  /** `seq` of the event there, or the one that was due there. */
  readonly seq: number;
}

/** Builds a log error; `place` goes into `context`. */
export function walError(
  code: WalErrorCode,
  message: string,
  extra: { readonly cause?: unknown; readonly context?: Readonly<Record<string, unknown>> } = {},
): QuantlaxmiError {
  return new QuantlaxmiError(code, message, extra);
}

interface PlatformError {
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly syscall?: unknown;
  readonly path?: unknown;
  readonly dest?: unknown;
  /** What a store says of the file system it is on. */
  readonly fileSystem?: unknown;
}

const EDQUOT = -122;

/**
 * `CODE (errno n; file system)` of a platform error; libuv gives EDQUOT as `UNKNOWN`, so both are
 * shown.
 */
export function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { code, errno, fileSystem } = cause as PlatformError;
  if (typeof code !== 'string') return cause.message;
  const known = [
    ...(typeof errno === 'number' ? [`errno ${errno}`] : []),
    ...(typeof fileSystem === 'string' ? [fileSystem] : []),
  ];
  return known.length === 0 ? code : `${code} (${known.join('; ')})`;
}

/** `syscall` of a platform error, else `fallback`. */
export function syscallOf(cause: unknown, fallback: string): string {
  const syscall = cause instanceof Error ? (cause as PlatformError).syscall : undefined;
  return typeof syscall === 'string' ? syscall : fallback;
}

/** True when the platform says that there is no room: `ENOSPC`, or `EDQUOT`, in libuv -122. */
export function isDiskFull(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const { code, errno } = cause as PlatformError;
  return code === 'ENOSPC' || code === 'EDQUOT' || errno === EDQUOT;
}

/** Path a platform error names: of a folder whose sync failed, for instance. */
function pathOf(cause: unknown, fallback: string): string {
  const { path, dest } = cause instanceof Error ? (cause as PlatformError) : {};
  if (typeof path !== 'string') return fallback;
  return typeof dest === 'string' ? `${path} -> ${dest}` : path;
}

/** The writer's one terminal failure: during `op`, a primitive of the store, on `file`. */
export function poisoned(
  cause: unknown,
  at: { readonly file: string; readonly op: string; readonly durableSeq: number },
): QuantlaxmiError {
  const { file, durableSeq } = at;
  const syscall = syscallOf(cause, at.op);
  const errno = describeCause(cause);
  return walError(
    'WAL_POISONED',
    `${errno} during ${syscall} on ${pathOf(cause, file)}; writer closed, durable up to seq ` +
      `${durableSeq}. Do not retry; restart to recover`,
    { cause, context: { file, durableSeq, syscall, errno } },
  );
}

/** The platform refused something outside the write path; never to be taken for corruption. */
export function ioError(cause: unknown, file: string): QuantlaxmiError {
  if (cause instanceof QuantlaxmiError) return cause;
  return walError(
    'WAL_IO',
    `${describeCause(cause)} during ${syscallOf(cause, 'read')} on ${file}; the log was not ` +
      'judged. Check the device, its space and permissions, then try again',
    { cause, context: { file, errno: describeCause(cause) } },
  );
}
