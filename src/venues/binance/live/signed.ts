/**
 * Signed requests: HMAC-SHA256 over the query, the secret never in text that is kept.
 * @module
 */
import {
  encodeUtf8,
  type HasherFactory,
  QuantlaxmiError,
  type Secret,
  sha256Pure,
  toHex,
} from '../../../core/index.js';

/** Block of SHA-256, bytes. */
const BLOCK = 64;

function digest(hasher: HasherFactory, parts: readonly Uint8Array[]): Uint8Array {
  const hash = hasher();
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** HMAC of RFC 2104 over SHA-256. */
function hmac(hasher: HasherFactory, key: Uint8Array, message: Uint8Array): Uint8Array {
  const short = key.length > BLOCK ? digest(hasher, [key]) : key;
  const inner = new Uint8Array(BLOCK).fill(0x36);
  const outer = new Uint8Array(BLOCK).fill(0x5c);
  short.forEach((byte, at) => {
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  });
  return digest(hasher, [outer, digest(hasher, [inner, message])]);
}

/** Options of {@link signedQuery}. */
export interface SignedQueryOptions {
  /** Secret key of the account. */
  readonly secret: Secret<string>;
  /** Milliseconds since the epoch by the venue's clock. */
  readonly timestampMs: number;
  /** How long after `timestampMs` the venue takes the request, ms; default 5000, at most 60000. */
  readonly recvWindowMs?: number;
  /** SHA-256; default pure JavaScript. */
  readonly hasher?: HasherFactory;
}

/**
 * Query string of a signed request: the parameters, `recvWindow`, `timestamp`, `signature`. Send
 * it as it is, with the key in the header `X-MBX-APIKEY`. Source: binance-spot-api-docs,
 * rest-api.md, SIGNED endpoint security; the futures sign alike.
 *
 * @param params - parameters in the order in which they are sent; percent-encoded here, before the
 *   signature is made
 * @returns the query without a leading `?`; the signature is 64 lower-case hex digits
 * @throws QL_BAD_INPUT when the time or the window is not what the venue takes
 * @example
 * ```ts
 * import { Secret } from 'quantlaxmi/core';
 * import { signedQuery } from 'quantlaxmi/venues/binance';
 *
 * const secret = new Secret('NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j');
 * const query = signedQuery([['symbol', 'BTCUSDT']], { secret, timestampMs: 1499827319559 });
 * query.split('&').length; // => 4
 * query.startsWith('symbol=BTCUSDT&recvWindow=5000&timestamp=1499827319559&signature='); // => true
 * ```
 */
export function signedQuery(
  params: readonly (readonly [name: string, value: string])[],
  options: SignedQueryOptions,
): string {
  const { secret, timestampMs, recvWindowMs = 5000, hasher = sha256Pure } = options;
  if (!Number.isSafeInteger(timestampMs) || timestampMs < 0) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `signedQuery: timestampMs is ${timestampMs}; expected whole milliseconds since the epoch.`,
    );
  }
  if (!Number.isSafeInteger(recvWindowMs) || recvWindowMs < 1 || recvWindowMs > 60_000) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `signedQuery: recvWindowMs is ${recvWindowMs}; the venue takes 1 to 60000.`,
    );
  }
  const all: (readonly [string, string])[] = [
    ...params,
    ['recvWindow', recvWindowMs.toString()],
    ['timestamp', timestampMs.toString()],
  ];
  const query = all
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  const key = encodeUtf8(secret.reveal());
  return `${query}&signature=${toHex(hmac(hasher, key, encodeUtf8(query)))}`;
}
