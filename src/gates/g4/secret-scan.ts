/**
 * Looking for secrets in the bytes of artefacts: known values in every usual encoding, and texts
 * that look like keys. A finding names the place, never the secret.
 * @module
 */
import { encodeUtf8, QuantlaxmiError, type Secret, toBase64, toHex } from '../../core/index.js';

/** Where something was found. */
export interface SecretHit {
  /** Offset of its first byte; 0 for a pattern. */
  readonly byte: number;
  readonly path: string;
  /** Name of the secret or of the pattern. */
  readonly name: string;
  /** How it was written; `pattern` when it only looks like a secret. */
  readonly form: 'plain' | 'json' | 'url' | 'hex' | 'base64' | 'reversed' | 'pattern';
}

/** Longest match of a pattern across a chunk boundary. */
const PATTERN_OVERLAP_CHARS = 1023;
/** Shorter values occur by chance. */
const VALUE_CHARS_MIN = 8;

interface Needle {
  readonly name: string;
  readonly form: SecretHit['form'];
  readonly text: string;
}

/** Bytes as text, one character per byte, so that a byte search is a text search. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return text;
}

function needlesOf(name: string, value: string): Needle[] {
  if (value.length < VALUE_CHARS_MIN) {
    throw new QuantlaxmiError(
      'QL_SECRET_SHORT',
      `secret "${name}" has ${value.length} characters; a scan needs at least ${VALUE_CHARS_MIN}, shorter values occur by chance`,
      { context: { name } },
    );
  }
  const bytes = encodeUtf8(value);
  const forms: [SecretHit['form'], string][] = [
    ['plain', latin1(bytes)],
    ['json', latin1(encodeUtf8(JSON.stringify(value).slice(1, -1)))],
    ['url', encodeURIComponent(value)],
    ['hex', toHex(bytes)],
    ['hex', toHex(bytes).toUpperCase()],
    ['reversed', latin1(bytes.slice().reverse())],
  ];
  for (const phase of [0, 1, 2]) {
    // Inside longer base64 a value starts at one of three phases; its outer characters mix with
    // its neighbours, so only the certain middle is looked for.
    const shifted = new Uint8Array(phase + bytes.length);
    shifted.set(bytes, phase);
    const whole = toBase64(shifted).replace(/=+$/, '');
    const middle = whole.slice(phase === 0 ? 0 : phase + 1, -1);
    if (middle.length < VALUE_CHARS_MIN) continue;
    const urlSafe = middle.replaceAll('+', '-').replaceAll('/', '_');
    forms.push(['base64', middle], ['base64', urlSafe]);
  }
  // A text without special characters is written alike in several forms: the first one names it.
  const seen = new Set<string>();
  return forms.flatMap(([form, text]) => {
    if (seen.has(text)) return [];
    seen.add(text);
    return [{ name, form, text }];
  });
}

/** Scans one file's bytes after another. */
export interface SecretScanner {
  /** Scans a file; each form of a secret, and each pattern, is reported once per file. */
  scan(path: string, chunks: AsyncIterable<Uint8Array>): Promise<readonly SecretHit[]>;
}

/** What to look for. */
export interface SecretScannerOptions {
  readonly secrets: Readonly<Record<string, Secret<string>>>;
  readonly patterns: readonly { readonly name: string; readonly pattern: string }[];
}

/**
 * Makes a scanner. Time is linear in the bytes for patterns without nested repetition; memory is
 * one chunk and the longest form of a value.
 *
 * @param options - values and patterns to look for
 * @returns the scanner
 * @throws QL_SECRET_SHORT when a value is too short to be looked for
 *
 * @example
 * ```ts
 * import { encodeUtf8, Secret } from 'quantlaxmi/core';
 * import { secretScanner } from 'quantlaxmi/gates';
 * const scanner = secretScanner({ secrets: { key: new Secret('canary-4711') }, patterns: [] });
 * async function* file() { yield encodeUtf8('{"a":"canary-'); yield encodeUtf8('4711"}'); }
 * (await scanner.scan('a.json', file())).map((hit) => hit.form); // => ['plain']
 * ```
 */
export function secretScanner(options: SecretScannerOptions): SecretScanner {
  const needles = Object.entries(options.secrets).flatMap(([name, secret]) =>
    needlesOf(name, secret.reveal()),
  );
  const overlap = needles.reduce(
    (longest, { text }) => Math.max(longest, text.length - 1),
    PATTERN_OVERLAP_CHARS,
  );
  const patterns = options.patterns.map(({ name, pattern }) => ({
    name,
    regex: new RegExp(pattern, 'u'),
  }));
  return {
    async scan(path, chunks) {
      const hits = new Map<string, SecretHit>();
      let tail = '';
      let offset = 0;
      for await (const chunk of chunks) {
        const text = tail + latin1(chunk);
        for (const { name, form, text: needle } of needles) {
          const key = `${form} ${name}`;
          const at = hits.has(key) ? -1 : text.indexOf(needle);
          if (at >= 0) hits.set(key, { byte: offset - tail.length + at, path, name, form });
        }
        // A long value's overlap is searched for values only.
        const recent = text.slice(-(chunk.length + PATTERN_OVERLAP_CHARS));
        for (const { name, regex } of patterns) {
          const key = `pattern ${name}`;
          if (!hits.has(key) && regex.test(recent)) {
            hits.set(key, { byte: 0, path, name, form: 'pattern' });
          }
        }
        offset += chunk.length;
        tail = text.slice(-overlap);
      }
      return [...hits.values()];
    },
  };
}
