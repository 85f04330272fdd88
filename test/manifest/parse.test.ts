import { canonicalIntegerJson, encodeUtf8, isQuantlaxmiError, sha256Hex } from 'quantlaxmi/core';
import {
  encodeManifest,
  manifestHashOf,
  manifestPaths,
  parseManifest,
  parseRunManifest,
  parseSessionManifest,
  sealManifest,
} from 'quantlaxmi/manifest';
import { describe, expect, test } from 'vitest';
import { hex, runBody, sessionBody } from './samples.js';

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (isQuantlaxmiError(error)) return error.code;
    throw error;
  }
  return 'accepted';
};

/** Bytes of any value with a hash that fits it: what somebody could forge. */
const forge = (body: Record<string, unknown>): Uint8Array => {
  const { manifestHash: _, ...rest } = body;
  const manifestHash = sha256Hex(canonicalIntegerJson(rest));
  return encodeUtf8(canonicalIntegerJson({ ...rest, manifestHash }));
};

const run = runBody() as unknown as Record<string, unknown>;
const session = sessionBody() as unknown as Record<string, unknown>;

describe('reading manifests', () => {
  test('MANIFEST-1: reads back what was written, byte for byte', () => {
    for (const body of [runBody(), sessionBody()]) {
      const sealed = sealManifest(body);
      const bytes = encodeManifest(sealed);
      expect(parseManifest(bytes)).toEqual(sealed);
      expect(encodeManifest(parseManifest(bytes))).toEqual(bytes);
    }
  });

  test('MANIFEST-2: the hash is over everything but itself', () => {
    const sealed = sealManifest(sessionBody());
    const { manifestHash, ...rest } = sealed;
    expect(manifestHash).toBe(sha256Hex(canonicalIntegerJson(rest)));
    expect(manifestHashOf(sealed)).toBe(manifestHash);
    expect(manifestHashOf({ ...sealed, revision: 2 })).not.toBe(manifestHash);
  });

  test('a forged body with a fitting hash reads, so the refusals below are not the hash', () => {
    expect(codeOf(() => parseManifest(forge(run)))).toBe('accepted');
    expect(codeOf(() => parseManifest(forge(session)))).toBe('accepted');
  });

  test.each([['../wal'], ['/etc'], ['wal/../../x'], ['C:\\wal'], ['wal\u0000x'], ['a//b'], ['.']])(
    'MANIFEST-4: path %j is refused wherever it stands',
    (path) => {
      const binding = { asOf: null, count: 0, path, sha256: hex('7') };
      const gate = { gateId: 'G0', reportSha256: hex('1'), verdict: 'pass', version: '1' };
      const bad = [
        { ...session, wal: { ...sessionBody().wal, dir: path } },
        { ...session, universe: binding },
        { ...run, inputs: { ...runBody().inputs, walPath: path } },
        { ...run, universe: binding },
        { ...run, gates: [{ ...gate, reportPath: path }] },
        {
          ...run,
          decisions: { ...runBody().decisions, log: { ...runBody().decisions.log, dir: path } },
        },
      ];
      for (const body of bad)
        expect(codeOf(() => parseManifest(forge(body)))).toBe('QL_MANIFEST_PATH');
      const segments = [{ ...sessionBody().wal.segments[0], name: path }];
      expect(
        codeOf(() => parseManifest(forge({ ...session, wal: { ...sessionBody().wal, segments } }))),
      ).toBe('QL_MANIFEST_PATH');
    },
  );

  test('MANIFEST-4: every path field of both manifests is listed', () => {
    const bound = {
      ...runBody(),
      universe: { asOf: null, count: 0, path: 'instruments.json', sha256: hex('7') },
      gates: [
        {
          gateId: 'G0',
          reportPath: 'gates/G0.json',
          reportSha256: hex('1'),
          verdict: 'pass' as const,
          version: '1',
        },
      ],
    };
    const paths = [...manifestPaths(bound), ...manifestPaths(sessionBody())];
    // A path is the only kind of text here that holds a slash or names a file.
    const suspects = (value: unknown, at: string): string[] => {
      if (typeof value !== 'object' || value === null) return [];
      return Object.entries(value).flatMap(([key, item]) =>
        typeof item === 'string' && /path$|^dir$|walPath/i.test(key)
          ? [item]
          : suspects(item, `${at}.${key}`),
      );
    };
    const expected = [...suspects(bound, ''), ...suspects(sessionBody(), '')];
    expect(expected.length).toBeGreaterThan(4);
    for (const path of expected) expect(paths.map((found) => found.path)).toContain(path);
  });

  test.each([
    ['newer format', { ...run, fmt: 'quantlaxmi-run/2' }, 'QL_MANIFEST_VERSION'],
    ['another file', { ...run, fmt: 'package' }, 'QL_MANIFEST_VERSION'],
    ['no format', { a: 1 }, 'QL_MANIFEST_VERSION'],
    ['unknown field', { ...run, extra: 1 }, 'QL_MANIFEST_SCHEMA'],
    [
      'unknown field inside',
      { ...run, parent: { ...runBody().parent, x: 1 } },
      'QL_MANIFEST_SCHEMA',
    ],
    ['missing field', { ...run, mode: undefined }, 'QL_MANIFEST_SCHEMA'],
    ['unknown status', { ...run, status: 'fine' }, 'QL_MANIFEST_SCHEMA'],
    ['short hash', { ...run, runConfigHash: 'ab' }, 'QL_MANIFEST_SCHEMA'],
    [
      'negative count',
      { ...run, result: { ...runBody().result, fills: -1 } },
      'QL_MANIFEST_SCHEMA',
    ],
    [
      'endpoint with credentials',
      { ...session, capture: { ...sessionBody().capture, endpoint: 'https://u:p@host/?key=1' } },
      'QL_MANIFEST_SCHEMA',
    ],
  ])('MANIFEST-5: %s is refused', (_, body, code) => {
    const kept = Object.fromEntries(Object.entries(body).filter(([, v]) => v !== undefined));
    expect(codeOf(() => parseManifest(forge(kept)))).toBe(code);
  });

  test('MANIFEST-5: no field at any depth may be missing', () => {
    // Maps by name, and what an operator wrote, have no required fields.
    const free = /^(cash|schemas|seeds)$|perType$|redacted$|description$/;
    const without = (value: unknown, path: string): [string, unknown][] => {
      if (typeof value !== 'object' || value === null || free.test(path)) return [];
      if (Array.isArray(value)) {
        return without(value[0], `${path}[0]`).map(([p, v]) => [p, [v, ...value.slice(1)]]);
      }
      return Object.entries(value).flatMap(([key, item]) => {
        const { [key]: _, ...rest } = value as Record<string, unknown>;
        const place = path === '' ? key : `${path}.${key}`;
        const deeper = without(item, place).map(([p, v]): [string, unknown] => [
          p,
          { ...rest, [key]: v },
        ]);
        return [[place, rest], ...deeper];
      });
    };
    for (const body of [run, session]) {
      const cases = without(body, '');
      expect(cases.length).toBeGreaterThan(60);
      for (const [path, value] of cases) {
        const code = codeOf(() => parseManifest(forge(value as Record<string, unknown>)));
        expect(code, path).toBe(path === 'fmt' ? 'QL_MANIFEST_VERSION' : 'QL_MANIFEST_SCHEMA');
      }
    }
  });

  test('MANIFEST-5: the kind asked for is the kind read', () => {
    expect(codeOf(() => parseRunManifest(forge(run)))).toBe('accepted');
    expect(codeOf(() => parseRunManifest(forge(session)))).toBe('QL_MANIFEST_VERSION');
    expect(codeOf(() => parseSessionManifest(forge(session)))).toBe('accepted');
    expect(codeOf(() => parseSessionManifest(forge(run)))).toBe('QL_MANIFEST_VERSION');
  });

  test.each([
    ['not JSON', 'hello', 'QL_JSON_SYNTAX'],
    ['empty', '', 'QL_JSON_SYNTAX'],
    ['key twice', '{"a":1,"a":2}', 'QL_JSON_DUPLICATE_KEY'],
    ['__proto__', '{"__proto__":{}}', 'QL_JSON_KEY'],
    ['a float', '{"a":1.5}', 'QL_JSON_NUMBER'],
    ['beyond 2^53', '{"a":9007199254740993}', 'QL_JSON_NUMBER'],
    ['too deep', `${'['.repeat(17)}${']'.repeat(17)}`, 'QL_JSON_DEPTH'],
    ['too large', `"${'x'.repeat(16 * 1024 * 1024)}"`, 'QL_MANIFEST_SIZE'],
  ])('MANIFEST-3: %s has its own code and names the file', (_, text, code) => {
    const read = () => parseManifest(encodeUtf8(text), { label: 'here.json' });
    expect(codeOf(read)).toBe(code);
    expect(read).toThrow(/here\.json/);
  });

  test('MANIFEST-3: bytes that are not UTF-8 are refused', () => {
    expect(codeOf(() => parseManifest(new Uint8Array([0x22, 0xff, 0x22])))).toBe('QL_UTF8');
  });

  test('MANIFEST-3: reformatting is refused with the byte', () => {
    const sealed = sealManifest(runBody());
    const pretty = encodeUtf8(JSON.stringify(sealed, null, 2));
    expect(codeOf(() => parseManifest(pretty))).toBe('QL_MANIFEST_CANONICAL');
    expect(() => parseManifest(pretty)).toThrow(/byte 1 /);
    const feed = encodeUtf8(`${canonicalIntegerJson(sealed)}\n`);
    expect(codeOf(() => parseManifest(feed))).toBe('QL_MANIFEST_CANONICAL');
  });

  test('MANIFEST-3: an edited value is reported with both hashes', () => {
    const sealed = sealManifest(runBody());
    const edited = encodeUtf8(canonicalIntegerJson({ ...sealed, mode: 'live' }));
    expect(codeOf(() => parseManifest(edited))).toBe('QL_MANIFEST_HASH');
    expect(() => parseManifest(edited)).toThrow(sealed.manifestHash);
  });

  test('sealing refuses what reading would refuse', () => {
    expect(codeOf(() => sealManifest({ ...runBody(), runId: '' }))).toBe('QL_MANIFEST_SCHEMA');
    const wal = { ...sessionBody().wal, dir: '../x' };
    expect(codeOf(() => sealManifest({ ...sessionBody(), wal }))).toBe('QL_MANIFEST_PATH');
    const float = { ...runBody(), startedAt: 1.5 };
    expect(codeOf(() => sealManifest(float))).toBe('QL_JSON_VALUE');
  });
});
