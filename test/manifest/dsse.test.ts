import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import {
  decodeUtf8,
  encodeUtf8,
  fromBase64,
  isQuantlaxmiError,
  toBase64,
  toHex,
} from 'quantlaxmi/core';
import {
  type Envelope,
  encodeEnvelope,
  parseEnvelope,
  preAuthEncoding,
  type SignatureVerifier,
  verifyEnvelope,
} from 'quantlaxmi/manifest';
import { describe, expect, test } from 'vitest';
import { KEYS, VECTORS } from './dsse-vectors.data.js';

/** A verifier over a raw public key, made without the code under test. */
const verifierOf = (name: 'A' | 'B'): SignatureVerifier => {
  const x = Buffer.from(KEYS[name].public, 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return { keyId: name, verify: (message, sig) => verify(null, message, key, sig) };
};

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return isQuantlaxmiError(error) ? error.code : String(error);
  }
  return 'accepted';
};

const [VECTOR] = VECTORS as [(typeof VECTORS)[number]];
const envelope: Envelope = VECTOR;
const options = {
  verifiers: [verifierOf('A'), verifierOf('B')],
  threshold: 1,
  payloadTypes: VECTOR.payloadTypes,
};

describe('the pre-authentication encoding', () => {
  test('MANIFEST-11: is that of the protocol document', () => {
    const bytes = preAuthEncoding('http://example.com/HelloWorld', encodeUtf8('hello world'));
    expect(decodeUtf8(bytes)).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  test('MANIFEST-11: verifies the signature of the protocol document (ECDSA P-256)', () => {
    const coordinate = (digits: string): string =>
      Buffer.from(BigInt(digits).toString(16).padStart(64, '0'), 'hex').toString('base64url');
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: coordinate(
        '46950820868899156662930047687818585632848591499744589407958293238635476079160',
      ),
      y: coordinate('5640078356564379163099075877009565129882514886557779369047442380624545832820'),
    };
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const accepted = verifyEnvelope(
      parseEnvelope(
        encodeUtf8(
          '{"payload": "aGVsbG8gd29ybGQ=",\n "payloadType": "http://example.com/HelloWorld",\n "signatures": [{"sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}]}',
        ),
      ),
      {
        verifiers: [
          {
            keyId: 'p256',
            verify: (message, signature) =>
              verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature),
          },
        ],
        threshold: 1,
        payloadTypes: ['http://example.com/HelloWorld'],
      },
    );
    expect(decodeUtf8(accepted.payload)).toBe('hello world');
  });

  test('MANIFEST-11: no two pairs of type and body have one encoding', () => {
    const pairs = fc.tuple(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(pairs, pairs, ([typeA, bodyA], [typeB, bodyB]) => {
        const same = typeA === typeB && toHex(bodyA) === toHex(bodyB);
        const a = toHex(preAuthEncoding(typeA, bodyA));
        expect(a === toHex(preAuthEncoding(typeB, bodyB))).toBe(same);
      }),
    );
    // What a plain concatenation would confuse.
    const moved = preAuthEncoding('a', encodeUtf8('bc'));
    expect(toHex(moved)).not.toBe(toHex(preAuthEncoding('ab', encodeUtf8('c'))));
  });
});

describe('the published vectors', () => {
  test.each(VECTORS)('MANIFEST-11: $id', (vector) => {
    const { trustedKeys, threshold, payloadTypes } = vector;
    const verifiers = trustedKeys.map(verifierOf);
    const run = () => verifyEnvelope(vector, { verifiers, threshold, payloadTypes });
    expect(codeOf(run)).toMatch(vector.expect === 'accept' ? 'accepted' : /^QL_EVIDENCE_/);
    const signed = vector.id === 'payload-type-swapped' ? VECTOR : vector;
    const pae = preAuthEncoding(signed.payloadType, fromBase64(signed.payload));
    expect(toHex(pae)).toBe(vector.pae);
    if (vector.expect === 'accept') {
      const canonical = vector.id !== 'url-safe-base64';
      const read = parseEnvelope(encodeEnvelope(vector), { canonical });
      expect(verifyEnvelope(read, { verifiers, threshold, payloadTypes }).payload).toEqual(
        new Uint8Array(Buffer.from(vector.payload, 'base64')),
      );
    }
  });
});

describe('an envelope', () => {
  test('MANIFEST-11: keyid decides nothing: any hint, and none, verifies alike', () => {
    for (const keyid of ['A', 'B', 'nobody', '']) {
      const hinted = { ...envelope, signatures: [{ keyid, sig: VECTOR.signatures[0]?.sig ?? '' }] };
      expect(verifyEnvelope(hinted, options).keyIds).toEqual(['A']);
    }
  });

  test('MANIFEST-11: one key given twice counts once', () => {
    const twice = { ...options, verifiers: [verifierOf('A'), verifierOf('A')], threshold: 2 };
    expect(codeOf(() => verifyEnvelope(envelope, twice))).toBe('QL_BAD_INPUT');
    const twoOfTwo = { ...options, threshold: 2 };
    expect(codeOf(() => verifyEnvelope(envelope, twoOfTwo))).toBe('QL_EVIDENCE_SIGNATURE');
  });

  test.each([0, -1, 1.5, 3, Number.NaN])('MANIFEST-11: threshold %d is refused', (threshold) => {
    const code = codeOf(() => verifyEnvelope(envelope, { ...options, threshold }));
    expect(code).toBe('QL_BAD_INPUT');
  });

  test('MANIFEST-11: no byte of payload, type or signature can change', () => {
    const texts: readonly (readonly [string, (text: string) => Envelope])[] = [
      [envelope.payload, (payload) => ({ ...envelope, payload })],
      [envelope.payloadType, (payloadType) => ({ ...envelope, payloadType })],
      [VECTOR.signatures[0]?.sig ?? '', (sig) => ({ ...envelope, signatures: [{ sig }] })],
    ];
    let tried = 0;
    for (const [text, withText] of texts) {
      for (let i = 0; i < text.length; i += 1) {
        for (const char of 'A+b=_0') {
          if (text[i] === char) continue;
          const changed = withText(text.slice(0, i) + char + text.slice(i + 1));
          expect(codeOf(() => verifyEnvelope(changed, options))).toMatch(/^QL_EVIDENCE_/);
          tried += 1;
        }
      }
    }
    expect(tried).toBeGreaterThan(800);
  });

  test('MANIFEST-11: the payload is looked at after the signature, and the type then', () => {
    const unreadable = { ...envelope, payload: toBase64(encodeUtf8('{{{')) };
    expect(codeOf(() => verifyEnvelope(unreadable, options))).toBe('QL_EVIDENCE_SIGNATURE');
    const otherTypes = { ...options, payloadTypes: ['text/plain'] };
    expect(codeOf(() => verifyEnvelope(envelope, otherTypes))).toBe('QL_EVIDENCE_STATEMENT');
  });

  test.each([
    ['no JSON', '{'],
    ['a key twice', '{"payload":"","payload":"","payloadType":"t","signatures":[{"sig":""}]}'],
    ['no signature', '{"payload":"","payloadType":"t","signatures":[]}'],
    ['no list', '{"payload":"","payloadType":"t","signatures":{}}'],
    ['a number', '{"payload":1,"payloadType":"t","signatures":[{"sig":""}]}'],
    ['a prototype', '{"__proto__":{},"payload":"","payloadType":"t","signatures":[{"sig":""}]}'],
    ['bytes that are no text', '\ud800'],
  ])('%s is refused', (_, text) => {
    const bytes = new Uint8Array(Buffer.from(text, text === '\ud800' ? 'utf16le' : 'utf8'));
    expect(codeOf(() => parseEnvelope(bytes))).toBe('QL_EVIDENCE_ENVELOPE');
  });

  test('unknown fields are left out, and refused where canonical bytes are asked for', () => {
    const text = `{"extra":1,${decodeUtf8(encodeEnvelope(envelope)).slice(1)}`;
    expect(parseEnvelope(encodeUtf8(text))).not.toHaveProperty('extra');
    const strict = () => parseEnvelope(encodeUtf8(text), { canonical: true });
    expect(codeOf(strict)).toBe('QL_EVIDENCE_ENVELOPE');
  });
});

describe('a file that was edited', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const payloadTypes = ['text/plain'];
  const verifier = {
    keyId: 'K',
    verify: (message: Uint8Array, sig: Uint8Array) => verify(null, message, publicKey, sig),
  };
  const accepts = (text: string): boolean => {
    try {
      const read = parseEnvelope(encodeUtf8(text), { label: 'file', canonical: true });
      verifyEnvelope(read, { verifiers: [verifier], threshold: 1, payloadTypes });
      return true;
    } catch (error) {
      if (isQuantlaxmiError(error) && error.code.startsWith('QL_EVIDENCE_')) return false;
      throw error;
    }
  };
  const signedFile = (body: Uint8Array): string => {
    const sig = toBase64(sign(null, preAuthEncoding('text/plain', body), privateKey));
    const payload = toBase64(body);
    return decodeUtf8(
      encodeEnvelope({ payload, payloadType: 'text/plain', signatures: [{ sig }] }),
    );
  };
  /** Base64 of three texts: with one `+`, with one `/`, and with both. */
  const bodies = ['3>>~', 'ab?', '>>>???'].map((text) => encodeUtf8(text));

  test('MANIFEST-11: no single character can be another one', () => {
    const others = '+-/_=Aa0 ",:\\';
    const accepted: string[] = [];
    let tried = 0;
    for (const body of bodies) {
      const text = signedFile(body);
      expect(accepts(text)).toBe(true);
      for (let i = 0; i < text.length; i += 1) {
        for (const char of others) {
          if (char === text[i]) continue;
          const changed = text.slice(0, i) + char + text.slice(i + 1);
          if (accepts(changed)) accepted.push(changed);
          tried += 1;
        }
      }
    }
    expect(accepted).toEqual([]);
    expect(tried).toBeGreaterThan(4_000);
  });

  test('MANIFEST-11: payload and signature have one alphabet', () => {
    const swap = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_');
    let swapped = 0;
    for (let i = 0; i < 20; i += 1) {
      const text = signedFile(encodeUtf8(`?>${i}~~?`));
      const { payload, signatures } = parseEnvelope(encodeUtf8(text));
      for (const part of [payload, signatures[0]?.sig ?? '']) {
        const changed = text.replace(part, swap(part));
        if (changed === text) continue;
        // The control: read as DSSE asks, the same bytes were signed.
        expect(fromBase64(swap(part))).toEqual(fromBase64(part));
        expect(accepts(changed)).toBe(false);
        swapped += 1;
      }
    }
    expect(swapped).toBeGreaterThan(20);
  });
});

describe('base64', () => {
  test('equals the platform in both alphabets, and is strict', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(toBase64(bytes)).toBe(text);
        expect(fromBase64(text)).toEqual(bytes);
        expect(fromBase64(text.replaceAll('+', '-').replaceAll('/', '_'))).toEqual(bytes);
      }),
    );
    for (const text of [
      'A',
      'AA',
      'AA=',
      'AB==',
      'AAB=',
      'A A=',
      'AA==\n',
      '=AAA',
      '+-AA',
      'A===',
    ]) {
      expect([text, codeOf(() => fromBase64(text))]).toEqual([text, 'QL_BAD_INPUT']);
    }
  });
});
