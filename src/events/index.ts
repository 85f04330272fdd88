/**
 * The facts: one envelope, sixteen bodies, their byte codecs, schemas and versions.
 * @module
 */

export type { EventCounts } from './counts.js';
export { countEvent, isEventType } from './counts.js';
export { decodeEvent, decodeEventJson } from './decode.js';
export type { Encoder } from './encode.js';
export { createEncoder, encodeEventJson, encodeEventPrefix } from './encode.js';
export { EVENT_TYPES, SCHEMA_VERSIONS } from './generated/tables.js';
export { schemaSha256 } from './schema-hash.js';
export type * from './types.js';
export type { AnyBody, Upcaster, UpcasterTable } from './upcast.js';
export { UPCASTERS, upcastBody } from './upcast.js';
