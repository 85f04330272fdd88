/**
 * Login: from the request token of the redirect to an access token, and logout
 * (kite.trade/docs/connect/v3/user).
 * @module
 */
import {
  decodeUtf8,
  type JsonValue,
  parseStrictJson,
  QuantlaxmiError,
  Secret,
  sha256Hex,
} from '../../../core/index.js';
import type { HttpPort, HttpRequest } from '../../feed/index.js';
import { type KiteCall, kiteBody, objectOf } from './answers.js';
import { istTimeUs, tokenExpiryUs } from './ist-time.js';
import { KITE_ROOTS } from './limits.data.js';

const TIMEOUT_US = 10_000_000;
const BYTES_MAX = 1 << 20;

/** What the exchange of a request token takes. */
export interface KiteLoginOptions {
  readonly apiKey: string;
  readonly apiSecret: Secret<string>;
  /** `request_token` of the redirect after the login. */
  readonly requestToken: Secret<string>;
  /** Root of the REST addresses; default the venue's. */
  readonly root?: string;
}

/** A login: what the venue says of the user, and the token. */
export interface KiteSession {
  readonly userId: string;
  readonly userName: string;
  /** Signs every later request; never written anywhere by this package. */
  readonly accessToken: Secret<string>;
  /** For sessions seen by the public. */
  readonly publicToken: string;
  /** Time of login, µs since the epoch. */
  readonly loginUs: number;
  /** Latest end of the token, µs since the epoch: see {@link tokenExpiryUs}. */
  readonly expiresUs: number;
  /** Exchanges the account may trade on: `NSE`, `NFO`, ... */
  readonly exchanges: readonly string[];
}

const texts = (value: JsonValue | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

const sessionOf = (bytes: Uint8Array, place: string): KiteSession => {
  let data: Readonly<Record<string, JsonValue>>;
  try {
    data = objectOf(objectOf(parseStrictJson(decodeUtf8(bytes), { numbers: 'any' }))['data']);
  } catch {
    // The text holds the token: neither it nor the parser's excerpt of it is shown.
    data = {};
  }
  const text = (key: string): string => {
    const value = data[key];
    if (typeof value === 'string' && value !== '') return value;
    throw new QuantlaxmiError(
      'QL_KITE_REST',
      `${place}: the answer has no text data.${key}; expected a session as the documents of Kite ` +
        'Connect 3 show it',
      { context: { place, errorType: '', status: 200, field: key } },
    );
  };
  const loginUs = istTimeUs(text('login_time'));
  return {
    userId: text('user_id'),
    userName: typeof data['user_name'] === 'string' ? data['user_name'] : '',
    accessToken: new Secret(text('access_token')),
    publicToken: typeof data['public_token'] === 'string' ? data['public_token'] : '',
    loginUs,
    expiresUs: tokenExpiryUs(loginUs),
    exchanges: texts(data['exchanges']),
  };
};

const form = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
    .join('&');

/**
 * Exchanges the request token of a login for an access token. The checksum is SHA-256 of
 * `apiKey + requestToken + apiSecret`; the secret itself is not sent.
 *
 * @param options - key, secret, request token
 * @param http - makes the request
 * @returns the session
 * @throws QuantlaxmiError QL_KITE_TOKEN when the request token is used, too old, or of another app;
 * QL_KITE_REST for other refusals and for an answer that is no session; QL_FEED_REQUEST when there
 * is no answer
 */
export const kiteSession = async (
  options: KiteLoginOptions,
  http: HttpPort,
): Promise<KiteSession> => {
  const { apiKey, apiSecret, requestToken, root = KITE_ROOTS.rest } = options;
  const place = 'POST /session/token';
  const token = requestToken.reveal();
  const checksum = sha256Hex(`${apiKey}${token}${apiSecret.reveal()}`);
  const request: HttpRequest = {
    method: 'POST',
    url: `${root}/session/token`,
    headers: { 'x-kite-version': '3', 'content-type': 'application/x-www-form-urlencoded' },
    body: form({ api_key: apiKey, request_token: token, checksum }),
    timeoutUs: TIMEOUT_US,
    bytesMax: BYTES_MAX,
  };
  const secrets = [apiSecret, requestToken, new Secret(checksum)];
  return sessionOf(await kiteBody(http, request, { apiKey, secrets, place }), place);
};

/** What a logout takes. */
export interface KiteLogoutOptions {
  readonly apiKey: string;
  readonly accessToken: Secret<string>;
  /** Root of the REST addresses; default the venue's. */
  readonly root?: string;
}

/**
 * Ends the session: the access token is not valid any more.
 *
 * @param options - key and token
 * @param http - makes the request
 * @throws QuantlaxmiError QL_KITE_TOKEN when the token is not valid already; QL_KITE_REST,
 * QL_FEED_REQUEST as {@link kiteSession}
 */
export const kiteLogout = async (options: KiteLogoutOptions, http: HttpPort): Promise<void> => {
  const { apiKey, accessToken, root = KITE_ROOTS.rest } = options;
  const call: KiteCall = { apiKey, secrets: [accessToken], place: 'DELETE /session/token' };
  const query = form({ api_key: apiKey, access_token: accessToken.reveal() });
  await kiteBody(
    http,
    {
      method: 'DELETE',
      url: `${root}/session/token?${query}`,
      headers: { 'x-kite-version': '3' },
      body: null,
      timeoutUs: TIMEOUT_US,
      bytesMax: BYTES_MAX,
    },
    call,
  );
};
