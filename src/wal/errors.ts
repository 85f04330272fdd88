/**
 * The log's errors. Each names the place, what was found, what was expected and what to do.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';

/** Codes a log can fail with. */
export type WalErrorCode =
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
}

/** `CODE (errno n)` of a platform error; libuv gives EDQUOT as `UNKNOWN`, so both are shown. */
export function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { code, errno } = cause as PlatformError;
  if (typeof code !== 'string') return cause.message;
  return typeof errno === 'number' ? `${code} (errno ${errno})` : code;
}

/** `syscall` of a platform error, else `fallback`. */
export function syscallOf(cause: unknown, fallback: string): string {
  const syscall = cause instanceof Error ? (cause as PlatformError).syscall : undefined;
  return typeof syscall === 'string' ? syscall : fallback;
}

/** The writer's one terminal failure. */
export function poisoned(cause: unknown, file: string, durableSeq: number): QuantlaxmiError {
  const syscall = syscallOf(cause, 'write');
  return walError(
    'WAL_POISONED',
    `${describeCause(cause)} during ${syscall} on ${file}; writer closed, durable up to seq ` +
      `${durableSeq}. Do not retry; restart to recover`,
    { cause, context: { file, durableSeq, syscall, errno: describeCause(cause) } },
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
