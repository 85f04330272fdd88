/** The session's instruments as one file of canonical JSON. @module */
import {
  canonicalIntegerJson,
  encodeUtf8,
  type JsonValue,
  LIMITS,
  parseStrictJson,
  QuantlaxmiError,
  sha256Hex,
} from '../core/index.js';
import type { InstrumentBody } from '../events/index.js';
import type { UniverseBinding } from './parts.js';

/** File name of the universe inside a session's folder. */
export const UNIVERSE_FILE = 'instruments.json';
const UNIVERSE_FORMAT = 'quantlaxmi-universe/1';

/** A universe file: its bytes and what a manifest says of them. */
export interface BoundUniverse {
  readonly binding: UniverseBinding;
  readonly bytes: Uint8Array;
}

/**
 * Writes the last record of each instrument as one canonical file, ordered by id.
 *
 * @param instruments - last record per instrument; of two with one id the later stands
 * @param asOfUs - receive time of the last Instrument event, µs; null when there is none
 * @throws QuantlaxmiError QL_JSON_VALUE
 * @example
 * ```ts
 * import { bindUniverse, parseUniverse } from 'quantlaxmi/manifest';
 *
 * const { binding, bytes } = bindUniverse([], null);
 * binding.path; // => 'instruments.json'
 * parseUniverse(bytes, binding); // => []
 * ```
 */
export function bindUniverse(
  instruments: Iterable<InstrumentBody>,
  asOfUs: number | null,
): BoundUniverse {
  const byId = new Map<string, InstrumentBody>();
  for (const instrument of instruments) byId.set(instrument.instrumentId, instrument);
  const ordered = [...byId.keys()].sort().map((id) => byId.get(id));
  const bytes = encodeUtf8(canonicalIntegerJson({ fmt: UNIVERSE_FORMAT, instruments: ordered }));
  const binding = {
    asOf: asOfUs,
    count: ordered.length,
    path: UNIVERSE_FILE,
    sha256: sha256Hex(bytes),
  };
  return { binding, bytes };
}

/**
 * Reads a universe file back, after its hash has been compared.
 *
 * @param bytes - the whole file
 * @param binding - what the session manifest says of it
 * @throws QuantlaxmiError QL_MANIFEST_HASH when the bytes are not the bound ones,
 * QL_MANIFEST_SCHEMA when they are not a universe
 */
export function parseUniverse(bytes: Uint8Array, binding: UniverseBinding): InstrumentBody[] {
  const computed = sha256Hex(bytes);
  if (computed !== binding.sha256) {
    throw new QuantlaxmiError(
      'QL_MANIFEST_HASH',
      `${binding.path}: content hashes to ${computed}; the session manifest binds ${binding.sha256}`,
      { context: { path: binding.path, stated: binding.sha256, computed } },
    );
  }
  const value = parseStrictJson(bytes, { maxBytes: LIMITS.manifestBytes });
  const file = value as { readonly [key: string]: JsonValue } | null;
  const instruments = file?.['instruments'];
  if (file?.['fmt'] !== UNIVERSE_FORMAT || !Array.isArray(instruments)) {
    throw new QuantlaxmiError(
      'QL_MANIFEST_SCHEMA',
      `${binding.path}: not a ${UNIVERSE_FORMAT} file`,
      { context: { path: binding.path } },
    );
  }
  return instruments as unknown as InstrumentBody[];
}
