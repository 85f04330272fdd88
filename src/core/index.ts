/**
 * What everything else stands on: one error class, hashes, checksums, canonical JSON, seeded
 * random numbers, derived ids. Knows nothing of trading.
 * @module
 */

export { fromBase64, toBase64 } from './base64.js';
export {
  canonicalIntegerJson,
  canonicalJson,
  canonicalJsonBytes,
  isForbiddenKey,
} from './canonical-json.js';
export type { Clock } from './clock.js';
export { crc32c } from './crc32c.js';
export type { CsvRecord } from './csv.js';
export { readCsv } from './csv.js';
export { ERROR_CODES } from './error-codes.data.js';
export type { ErrorCode, ErrorDetails } from './errors.js';
export { isQuantlaxmiError, QuantlaxmiError } from './errors.js';
export { escapeControl } from './escape.js';
export type { Hasher, HasherFactory } from './hash.js';
export { sha256Hex, sha256Pure } from './hash.js';
export { fromHex, toHex } from './hex.js';
export { deriveId } from './ids.js';
export { invariant } from './invariant.js';
export { LIMITS } from './limits.js';
export { assertSafePath } from './paths.js';
export { philox4x32 } from './philox.js';
export type { Result } from './result.js';
export { err, ok } from './result.js';
export type { Rng, RngState } from './rng.js';
export { createRng, restoreRng, streamIdOf } from './rng.js';
export { Secret } from './secret.js';
export type { JsonValue, StrictJsonOptions } from './strict-json.js';
export { parseStrictJson } from './strict-json.js';
export { decodeUtf8, encodeUtf8, isWellFormed } from './utf8.js';
