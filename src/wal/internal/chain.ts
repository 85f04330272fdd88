/** The hash chain: one SHA-256 per header and per commit. */
import type { HasherFactory } from '../../core/index.js';
import { asciiBytes } from './lines.js';

/** Chain head before the first header. */
export function chainStart(hasher: HasherFactory, walId: string): Uint8Array {
  const h = hasher();
  h.update(asciiBytes(`quantlaxmi-wal/v1\n${walId}`));
  return h.digest();
}

/** Chain head after a header. */
export function chainHeader(
  hasher: HasherFactory,
  prev: Uint8Array,
  headerLine: Uint8Array,
): Uint8Array {
  const h = hasher();
  h.update(prev);
  h.update(headerLine);
  return h.digest();
}
