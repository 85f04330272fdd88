/**
 * Addresses of connections: combined or raw, with or without the streams in them.
 * @module
 */
import type { BinancePlan } from './options.js';
import type { StreamRoute } from './streams.js';

/** Servers and proxies refuse addresses of more than 8 KiB; streams beyond this are asked for. */
const CHARS_MAX = 6000;

/** The first of these streams, as many as an address can name. */
export function namedInAddress(names: readonly string[]): string[] {
  const fit: string[] = [];
  let chars = 0;
  for (const name of names) {
    chars += encodeURI(name).length + 1;
    if (chars > CHARS_MAX) break;
    fit.push(name);
  }
  return fit;
}

/**
 * Address of a connection. Source: binance-spot-api-docs, web-socket-streams.md, General
 * information (`/ws/<stream>/<stream>`, `/stream?streams=<stream>/<stream>`,
 * `timeUnit=MICROSECOND`).
 *
 * @param names - streams in the address; none to ask for all by message
 */
export function linkAddress(
  plan: BinancePlan,
  route: StreamRoute,
  names: readonly string[],
): string {
  const { endpoint, framing, timeUnit } = plan;
  const base = route === 'market' ? endpoint.marketStreams : endpoint.publicStreams;
  const streams = names.map((name) => encodeURI(name)).join('/');
  const query: string[] = [];
  let path = '/ws';
  if (framing === 'combined') {
    path = '/stream';
    if (streams !== '') query.push(`streams=${streams}`);
  } else if (streams !== '') path = `/ws/${streams}`;
  if (timeUnit === 'us') query.push('timeUnit=MICROSECOND');
  return `${base}${path}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}
