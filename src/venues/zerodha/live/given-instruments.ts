/**
 * An instruments dump that is at hand, in place of the venue's answer.
 * @module
 */
import type { HttpPort } from '../../feed/index.js';

/**
 * Answers `GET /instruments` with a dump that was fetched before, and hands every other request on.
 * The feed records it as the answer that it stands for, so that the raw record of a capture holds
 * the instruments too. Give `dumps: ['']` to {@link kiteProtocol}.
 *
 * @param http - makes all other requests
 * @param restRoot - root of the REST addresses, as given to {@link kiteProtocol}
 * @param csv - the dump
 * @returns a port
 * @example
 * ```ts
 * import { encodeUtf8, QuantlaxmiError } from 'quantlaxmi/core';
 * import { givenInstruments } from 'quantlaxmi/venues/zerodha';
 *
 * const refuse = () => Promise.reject(new QuantlaxmiError('QL_FEED_REQUEST', 'no network'));
 * const root = 'https://api.kite.trade';
 * const http = givenInstruments({ request: refuse }, root, encodeUtf8('a,b\n'));
 * const request = { method: 'GET', headers: {}, body: null, timeoutUs: 1, bytesMax: 10 } as const;
 * const answer = await http.request({ ...request, url: `${root}/instruments` });
 * answer.status; // => 200
 * ```
 */
export const givenInstruments = (http: HttpPort, restRoot: string, csv: Uint8Array): HttpPort => {
  const url = `${restRoot}/instruments`;
  return {
    request: (request) =>
      request.method === 'GET' && request.url === url
        ? Promise.resolve({ status: 200, headers: {}, body: csv })
        : http.request(request),
  };
};
