import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { isQuantlaxmiError, Secret } from 'quantlaxmi/core';
import { signedQuery } from 'quantlaxmi/venues/binance';
import { describe, expect, test } from 'vitest';

// The key of the examples in the venue's own document (rest-api.md, SIGNED endpoint security).
const DOCUMENTED = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j';
const secret = new Secret(DOCUMENTED);
const timestampMs = 1_499_827_319_559;

function order(symbol: string): (readonly [string, string])[] {
  return [
    ['symbol', symbol],
    ['side', 'BUY'],
    ['type', 'LIMIT'],
    ['timeInForce', 'GTC'],
    ['quantity', '1'],
    ['price', '0.1'],
  ];
}

describe('signed requests', () => {
  test('BINANCE-23: the signature of the documented order is the documented one', () => {
    expect(signedQuery(order('LTCBTC'), { secret, timestampMs })).toBe(
      'symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000' +
        '&timestamp=1499827319559' +
        '&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71',
    );
  });

  test('BINANCE-23: a symbol beyond ASCII is percent-encoded before it is signed', () => {
    const query = signedQuery(order('１２３４５６'), { secret, timestampMs });
    expect(query.startsWith('symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94')).toBe(true);
    expect(query.slice(-64)).toBe(
      'e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3',
    );
  });

  test('any secret and parameter: the signature is what node:crypto makes of the query', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 150 }),
        fc.array(fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ maxLength: 20 }))),
        (key, params) => {
          const query = signedQuery(params, { secret: new Secret(key), timestampMs });
          const [payload, signature] = query.split('&signature=') as [string, string];
          const expected = createHmac('sha256', key).update(payload).digest('hex');
          expect(signature).toBe(expected);
        },
      ),
      { seed: 23, numRuns: 200 },
    );
  });

  test('a window or time the venue refuses is refused before it is sent', () => {
    for (const wrong of [{ recvWindowMs: 60_001 }, { recvWindowMs: 0 }, { timestampMs: 1.5 }]) {
      let code = '';
      try {
        signedQuery([], { secret, timestampMs, ...wrong });
      } catch (error) {
        code = isQuantlaxmiError(error) ? error.code : 'other';
        expect(String(error)).not.toContain(DOCUMENTED);
      }
      expect(code).toBe('QL_BAD_INPUT');
    }
  });
});
