/** Which event schemas a log was written with, and how older ones are lifted. @module */
import { canonicalIntegerJson, sha256Hex } from '../core/index.js';
import {
  EVENT_TYPES,
  SCHEMA_VERSIONS,
  schemaSha256,
  UPCASTERS,
  type UpcasterTable,
} from '../events/index.js';
import type { SchemaBinding } from './parts.js';

/**
 * Version and fingerprint of every event type this release writes.
 *
 * @example
 * ```ts
 * import { bindSchemas } from 'quantlaxmi/manifest';
 *
 * bindSchemas()['Quote']?.sv; // => 1
 * ```
 */
export function bindSchemas(): SchemaBinding {
  return Object.fromEntries(
    EVENT_TYPES.map((t) => [t, { sha256: schemaSha256(t), sv: SCHEMA_VERSIONS[t] }]),
  );
}

/**
 * Event types of a binding that this release cannot read as they were written, each with the
 * reason; empty when all are known.
 *
 * @param binding - `schemas` of a manifest
 * @example
 * ```ts
 * import { unknownSchemas } from 'quantlaxmi/manifest';
 *
 * unknownSchemas({ Tweet: { sha256: '', sv: 1 } }); // => ['Tweet: no such event type']
 * ```
 */
export function unknownSchemas(binding: SchemaBinding): readonly string[] {
  const current = bindSchemas();
  return Object.entries(binding).flatMap(([t, { sv, sha256 }]) => {
    const known = current[t];
    if (known === undefined) return [`${t}: no such event type`];
    if (sv > known.sv) return [`${t}: version ${sv} is newer than ${known.sv}`];
    if (sv === known.sv && sha256 !== known.sha256) return [`${t}: version ${sv} was changed`];
    return [];
  });
}

/**
 * Binds the steps that lift older schema versions: they run on every read, so they belong to the
 * code of a run.
 *
 * @param table - the chain, default that of this release
 * @example
 * ```ts
 * import { bindUpcasters } from 'quantlaxmi/manifest';
 *
 * const lift = (body: object) => ({ ...body, due: 0 });
 * bindUpcasters().sha256 === bindUpcasters({ Timer: { 1: lift } }).sha256; // => false
 * ```
 */
export function bindUpcasters(table: UpcasterTable = UPCASTERS): { readonly sha256: string } {
  const steps = Object.entries(table).flatMap(([t, bySv]) =>
    Object.keys(bySv ?? {}).map((sv) => `${t} ${sv}`),
  );
  return { sha256: sha256Hex(canonicalIntegerJson(steps.sort())) };
}
