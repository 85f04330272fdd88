import { canonicalIntegerJson, sha256Hex } from '../core/index.js';
import { DESCRIPTORS } from './descriptors.data.js';
import type { EventType } from './types.js';

/**
 * Fingerprint of a type's current schema version, as session manifests record it: SHA-256 of the
 * canonical JSON of its descriptor. Any change of a field, limit or word changes it.
 *
 * @param t - event type
 * @returns 64 lower-case hex digits
 * @example
 * ```ts
 * import { schemaSha256 } from 'quantlaxmi/events';
 *
 * schemaSha256('Quote').length; // => 64
 * ```
 */
export function schemaSha256(t: EventType): string {
  const versions = DESCRIPTORS[t];
  const { sv, fields } = versions[versions.length - 1] as (typeof versions)[number];
  return sha256Hex(canonicalIntegerJson({ t, sv, fields }));
}
