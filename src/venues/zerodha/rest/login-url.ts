import { KITE_ROOTS } from './limits.data.js';

/**
 * Where the user logs in. The redirect after it carries `request_token`, good for one exchange
 * within a few minutes (kite.trade/docs/connect/v3/user).
 *
 * @param apiKey - the key of the app
 * @returns the address to open in a browser
 * @example
 * ```ts
 * import { kiteLoginUrl } from 'quantlaxmi/venues/zerodha';
 *
 * kiteLoginUrl('abc'); // => 'https://kite.zerodha.com/connect/login?v=3&api_key=abc'
 * ```
 */
export const kiteLoginUrl = (apiKey: string): string =>
  `${KITE_ROOTS.login}?v=3&api_key=${encodeURIComponent(apiKey)}`;
