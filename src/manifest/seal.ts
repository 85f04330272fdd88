/** Hashing a manifest and writing its one byte form. @module */
import { canonicalIntegerJson, encodeUtf8, sha256Hex } from '../core/index.js';
import { checkShape } from './internal/shape.js';
import { assertManifestPaths } from './paths.js';
import type { RunManifest, RunManifestBody } from './run-manifest.js';
import type { SessionManifest, SessionManifestBody } from './session-manifest.js';

/** A manifest of either kind, as a file holds it. */
export type Manifest = SessionManifest | RunManifest;
/** A manifest of either kind before its hash. */
export type ManifestBody = SessionManifestBody | RunManifestBody;
/** The sealed form of a body. */
export type Sealed<B extends ManifestBody> = B & { readonly manifestHash: string };

/**
 * SHA-256 (hex) of the canonical JSON of a manifest without its `manifestHash`.
 *
 * @param manifest - a manifest or a body; a `manifestHash` in it is left out of the hash
 * @throws QuantlaxmiError QL_JSON_VALUE when a value has no canonical integer form
 */
export function manifestHashOf(manifest: ManifestBody | Manifest): string {
  const { manifestHash: _, ...body } = manifest as Manifest;
  return sha256Hex(canonicalIntegerJson(body));
}

/**
 * Checks a body against its schema and the path rule, then adds its hash.
 *
 * @param body - all fields but `manifestHash`
 * @returns the same fields and `manifestHash`
 * @throws QuantlaxmiError QL_MANIFEST_SCHEMA, QL_MANIFEST_PATH, QL_MANIFEST_VERSION, QL_JSON_VALUE
 */
export function sealManifest<B extends ManifestBody>(body: B): Sealed<B> {
  const { manifestHash: _, ...rest } = body as B & Manifest;
  const sealed = { ...rest, manifestHash: manifestHashOf(body) } as unknown as Sealed<B>;
  checkShape(sealed, 'manifest');
  assertManifestPaths(sealed);
  return sealed;
}

/**
 * The bytes of a manifest file: canonical JSON, no blanks, no line feed.
 *
 * @param manifest - a sealed manifest
 * @throws QuantlaxmiError QL_JSON_VALUE
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 *
 * import { encodeManifest, manifestHashOf, parseManifest } from 'quantlaxmi/manifest';
 * import { createSession } from 'quantlaxmi/node';
 *
 * const writer = await createSession(join(mkdtempSync(join(tmpdir(), 'ql-')), 'session'), {
 *   capture: { feed: { name: 'example', version: '1' } },
 *   policy: { kind: 'always' },
 * });
 * const { manifest } = await writer.seal();
 * const read = parseManifest(encodeManifest(manifest));
 * read.manifestHash === manifestHashOf(manifest); // => true
 * ```
 */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return encodeUtf8(canonicalIntegerJson(manifest));
}
