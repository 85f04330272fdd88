/** Binding a configuration: what may be shown of it, and hashes of what was used. @module */
import {
  canonicalIntegerJson,
  canonicalJson,
  encodeUtf8,
  type Hasher,
  type HasherFactory,
  QuantlaxmiError,
  Secret,
  sha256Hex,
  sha256Pure,
  toHex,
} from '../core/index.js';
import type { ConfigBinding, IntegerJson, PolicyBinding } from './run-manifest.js';

const REDACTED = '[secret]';
const BLOCK_BYTES = 64;

/** Options of {@link bindConfig}. */
export interface BindConfigOptions {
  /**
   * Key of the HMAC over the full form. A plain hash of a short secret can be guessed, so without
   * a key the full form has no hash at all.
   */
  readonly hmacKey?: Secret<string>;
  /** SHA-256 implementation; pure JavaScript by default. */
  readonly hasher?: HasherFactory;
}

interface Split {
  readonly redacted: unknown;
  readonly full: unknown;
}

/** Anything else (a Date, a Map) is left as it is, for the canonical writer to refuse. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function pointer(path: readonly string[]): string {
  return path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function split(value: unknown, path: readonly string[], secrets: string[]): Split {
  if (value instanceof Secret) {
    secrets.push(pointer(path));
    return { redacted: REDACTED, full: value.reveal() };
  }
  if (Array.isArray(value)) {
    const parts = value.map((item, i) => split(item, [...path, String(i)], secrets));
    return { redacted: parts.map((p) => p.redacted), full: parts.map((p) => p.full) };
  }
  if (!isPlain(value)) return { redacted: value, full: value };
  const redacted: [string, unknown][] = [];
  const full: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    const part = split(item, [...path, key], secrets);
    redacted.push([key, part.redacted]);
    full.push([key, part.full]);
  }
  return { redacted: Object.fromEntries(redacted), full: Object.fromEntries(full) };
}

function feed(hasher: Hasher, ...parts: readonly Uint8Array[]): Uint8Array {
  for (const part of parts) hasher.update(part);
  return hasher.digest();
}

/** HMAC-SHA-256 (RFC 2104) as hex. */
function hmacHex(key: string, text: string, hasher: HasherFactory): string {
  let bytes = encodeUtf8(key);
  if (bytes.length > BLOCK_BYTES) bytes = feed(hasher(), bytes);
  const inner = new Uint8Array(BLOCK_BYTES).fill(0x36);
  const outer = new Uint8Array(BLOCK_BYTES).fill(0x5c);
  for (const [i, byte] of bytes.entries()) {
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  return toHex(feed(hasher(), outer, feed(hasher(), inner, encodeUtf8(text))));
}

function canonical(value: unknown, what: string): string {
  try {
    return canonicalIntegerJson(value);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new QuantlaxmiError(
      'QL_RUN_CONFIG',
      `${what}: ${why}; write a fraction as decimal text ("0.35") or as an integer with its unit (thresholdPpm: 350000)`,
      { cause },
    );
  }
}

/**
 * Splits a configuration into the copy a manifest may show and the hashes of what was used.
 * Wrap every key or password in `Secret`: only those are redacted.
 *
 * @param config - plain JSON of integers, strings, booleans and nulls; secrets wrapped
 * @param options - key of the HMAC over the full form
 * @throws QuantlaxmiError QL_RUN_CONFIG when it has no canonical integer form (e.g. a float)
 * @example
 * ```ts
 * import { Secret } from 'quantlaxmi/core';
 * import { bindConfig } from 'quantlaxmi/manifest';
 *
 * const bound = bindConfig({ qty: 5, apiKey: new Secret('k-1') });
 * bound.redacted; // => { apiKey: '[secret]', qty: 5 }
 * bound.secrets; // => ['/apiKey']
 * ```
 */
export function bindConfig(config: unknown, options: BindConfigOptions = {}): ConfigBinding {
  const secrets: string[] = [];
  const { redacted, full } = split(config, [], secrets);
  const shown = canonical(redacted, 'run configuration');
  const key = options.hmacKey;
  const keyed = secrets.length > 0 && key !== undefined;
  return {
    hmacSha256: keyed
      ? hmacHex(key.reveal(), canonicalJson(full), options.hasher ?? sha256Pure)
      : null,
    redacted: JSON.parse(shown) as IntegerJson,
    secrets: secrets.sort(),
    sha256: sha256Hex(shown),
  };
}

/**
 * Binds a description (risk policy, venue model) by the hash of its canonical JSON.
 *
 * @param description - plain JSON of integers and strings
 * @param what - how an error names it
 * @throws QuantlaxmiError QL_RUN_CONFIG when it has no canonical integer form
 * @example
 * ```ts
 * import { bindPolicy } from 'quantlaxmi/manifest';
 *
 * bindPolicy({ kind: 'sim', entryUs: 1500 }).description; // => { entryUs: 1500, kind: 'sim' }
 * ```
 */
export function bindPolicy(description: unknown, what = 'policy'): PolicyBinding {
  const text = canonical(description, what);
  return { description: JSON.parse(text) as IntegerJson, sha256: sha256Hex(text) };
}
