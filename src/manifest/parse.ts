/** Reading manifests that may have been changed, by accident or on purpose. @module */
import {
  canonicalIntegerJson,
  encodeUtf8,
  isQuantlaxmiError,
  type JsonValue,
  LIMITS,
  parseStrictJson,
  QuantlaxmiError,
} from '../core/index.js';
import { checkFormat, checkShape } from './internal/shape.js';
import { assertManifestPaths } from './paths.js';
import type { RunManifest } from './run-manifest.js';
import { RUN_MANIFEST_FORMAT } from './run-manifest.js';
import { type Manifest, manifestHashOf } from './seal.js';
import type { SessionManifest } from './session-manifest.js';
import { SESSION_MANIFEST_FORMAT } from './session-manifest.js';

/** How errors name the file. */
export interface ParseManifestOptions {
  /** File name for messages, default `manifest`. */
  readonly label?: string;
}

function readJson(bytes: Uint8Array, label: string): JsonValue {
  if (bytes.length > LIMITS.manifestBytes) {
    throw new QuantlaxmiError(
      'QL_MANIFEST_SIZE',
      `${label}: ${bytes.length} bytes; expected at most ${LIMITS.manifestBytes}`,
      { context: { bytes: bytes.length } },
    );
  }
  try {
    return parseStrictJson(bytes, { maxBytes: LIMITS.manifestBytes, maxDepth: LIMITS.jsonDepth });
  } catch (cause) {
    if (!isQuantlaxmiError(cause)) throw cause;
    throw new QuantlaxmiError(cause.code, `${label}: ${cause.message}`, {
      cause,
      context: cause.context,
    });
  }
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const size = Math.min(a.length, b.length);
  let at = 0;
  while (at < size && a[at] === b[at]) at += 1;
  return at;
}

function assertCanonical(value: JsonValue, bytes: Uint8Array, label: string): void {
  const canonical = encodeUtf8(canonicalIntegerJson(value));
  const at = firstDifference(canonical, bytes);
  if (at === canonical.length && at === bytes.length) return;
  throw new QuantlaxmiError(
    'QL_MANIFEST_CANONICAL',
    `${label}: byte ${at} is not what canonical JSON would write there; the file was edited or reformatted after sealing`,
    { context: { byte: at } },
  );
}

function assertHash(value: JsonValue, label: string): void {
  const stated = (value as { manifestHash?: unknown }).manifestHash;
  // A missing or misshapen hash is the schema's to report.
  if (typeof stated !== 'string' || !/^[0-9a-f]{64}$/.test(stated)) return;
  const computed = manifestHashOf(value as unknown as Manifest);
  if (stated === computed) return;
  throw new QuantlaxmiError(
    'QL_MANIFEST_HASH',
    `${label}: manifestHash is ${stated} but the content hashes to ${computed}; the file was changed after sealing`,
    { context: { stated, computed } },
  );
}

/**
 * Reads a manifest file and refuses anything but the exact bytes that were sealed: size, strict
 * JSON, known format, canonical bytes, hash, schema, paths, in that order.
 *
 * @param bytes - the whole file
 * @param options - how errors name the file
 * @throws QuantlaxmiError QL_MANIFEST_SIZE, QL_MANIFEST_VERSION, QL_MANIFEST_CANONICAL,
 * QL_MANIFEST_HASH, QL_MANIFEST_SCHEMA, QL_MANIFEST_PATH, and what `parseStrictJson` throws
 * @example
 * ```ts
 * import { encodeUtf8, isQuantlaxmiError } from 'quantlaxmi/core';
 * import { parseManifest } from 'quantlaxmi/manifest';
 *
 * let code = '';
 * try {
 *   parseManifest(encodeUtf8('{"fmt":"quantlaxmi-run/2"}'), { label: 'run_manifest.json' });
 * } catch (error) {
 *   if (isQuantlaxmiError(error)) code = error.code;
 * }
 * code; // => 'QL_MANIFEST_VERSION'
 * ```
 */
export function parseManifest(bytes: Uint8Array, options: ParseManifestOptions = {}): Manifest {
  const label = options.label ?? 'manifest';
  const value = readJson(bytes, label);
  checkFormat(value, label);
  assertCanonical(value, bytes, label);
  assertHash(value, label);
  checkShape(value, label);
  assertManifestPaths(value);
  return value;
}

function wrongKind(label: string, found: string, expected: string): QuantlaxmiError {
  return new QuantlaxmiError(
    'QL_MANIFEST_VERSION',
    `${label}: fmt is ${found}; expected ${expected}; give the folder of the other kind`,
    { context: { fmt: found } },
  );
}

/**
 * {@link parseManifest} for a session manifest.
 *
 * @param bytes - the whole file
 * @param options - how errors name the file
 * @throws QuantlaxmiError as {@link parseManifest}; QL_MANIFEST_VERSION for a run manifest
 */
export function parseSessionManifest(
  bytes: Uint8Array,
  options: ParseManifestOptions = {},
): SessionManifest {
  const manifest = parseManifest(bytes, options);
  if (manifest.fmt === SESSION_MANIFEST_FORMAT) return manifest;
  throw wrongKind(options.label ?? 'manifest', manifest.fmt, SESSION_MANIFEST_FORMAT);
}

/**
 * {@link parseManifest} for a run manifest.
 *
 * @param bytes - the whole file
 * @param options - how errors name the file
 * @throws QuantlaxmiError as {@link parseManifest}; QL_MANIFEST_VERSION for a session manifest
 */
export function parseRunManifest(
  bytes: Uint8Array,
  options: ParseManifestOptions = {},
): RunManifest {
  const manifest = parseManifest(bytes, options);
  if (manifest.fmt === RUN_MANIFEST_FORMAT) return manifest;
  throw wrongKind(options.label ?? 'manifest', manifest.fmt, RUN_MANIFEST_FORMAT);
}
