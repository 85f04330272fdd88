/**
 * Bounds on what is read from outside. Each is checked where data comes in.
 *
 * @example
 * ```ts
 * import { LIMITS } from 'quantlaxmi/core';
 *
 * LIMITS.lineBytes; // => 1048576
 * ```
 */
export const LIMITS = {
  /** Longest line of a log, with its LF. */
  lineBytes: 1_048_576,
  /** Longest manifest or configuration file. */
  manifestBytes: 16_777_216,
  /** Largest log segment. */
  segmentBytes: 67_108_864,
  /** Deepest nesting of JSON in logs, manifests and configuration. */
  jsonDepth: 16,
  /**
   * Most commas and opening brackets in one JSON document: some 30,000 segments in a manifest. A
   * list of empty lists takes twenty times its length in memory.
   */
  jsonParts: 400_000,
  /** Longest single text in a JSON document, in characters. */
  jsonTextChars: 1_048_576,
  /** Longest signature file. */
  envelopeBytes: 8_388_608,
  /** Deepest nesting that {@link canonicalJson} writes; recursion overflows at some 6,000. */
  canonicalDepth: 256,
  /** Longest relative path, in characters. */
  pathChars: 1024,
} as const;
