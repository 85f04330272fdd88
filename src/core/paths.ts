import { QuantlaxmiError } from './errors.js';
import { escapeControl } from './escape.js';
import { LIMITS } from './limits.js';

const SAFE = /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/;

/**
 * Refuses a path that is not plainly inside its root: relative, POSIX separators, only
 * `A-Za-z0-9._-` in names, no `.` or `..`, at most 1024 characters.
 *
 * @param relPath - path as it stands in a manifest
 * @throws QuantlaxmiError QL_PATH_UNSAFE
 * @example
 * ```ts
 * import { assertSafePath } from 'quantlaxmi/core';
 *
 * assertSafePath('segments/wal-000001.jsonl');
 * ```
 */
export function assertSafePath(relPath: string): void {
  const plain =
    relPath.length <= LIMITS.pathChars &&
    SAFE.test(relPath) &&
    !relPath.split('/').some((name) => name === '.' || name === '..');
  if (plain) return;
  const shown = escapeControl(relPath.slice(0, 120));
  throw new QuantlaxmiError(
    'QL_PATH_UNSAFE',
    `path "${shown}" is not safe; expected names of A-Za-z0-9._- joined by /, none . or ..`,
    { context: { path: shown } },
  );
}
