/**
 * Addresses given by flags.
 * @module
 */
import { QuantlaxmiError } from '../../core/index.js';

/** What an address is for. */
export type EndpointKind = 'ws' | 'http';

const SCHEMES = { ws: ['ws:', 'wss:'], http: ['http:', 'https:'] } as const;

/**
 * Checks an address before anything is made for it.
 *
 * @throws QuantlaxmiError QL_BAD_INPUT for text that is no address, or one of another scheme
 */
export const endpointUrl = (flag: string, text: string, kind: EndpointKind): string => {
  const expected = SCHEMES[kind].map((scheme) => `${scheme}//host`).join(' or ');
  // A parser of addresses repairs `http:/x`; whoever typed it meant something else.
  const whole = /^[a-z]+:\/\/[^/]/i.test(text) && URL.canParse(text);
  const schemes: readonly string[] = SCHEMES[kind];
  if (whole && schemes.includes(new URL(text).protocol)) return text.replace(/\/+$/, '');
  throw new QuantlaxmiError('QL_BAD_INPUT', `${flag} ${text}: expected ${expected}`);
};
