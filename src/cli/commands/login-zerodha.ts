/**
 * `quantlaxmi login zerodha`: the address to log in at, then the access token of the day in a file
 * that only its owner can read.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { encodeUtf8, QuantlaxmiError, Secret } from '../../core/index.js';
import { httpPort, replaceAtomically } from '../../node/index.js';
import { istTimeText, KITE_ROOTS, kiteLoginUrl, kiteSession } from '../../venues/zerodha/index.js';
import { facts } from '../format.js';
import type { CommonOptions, Outcome } from '../outcome.js';
import { kiteSecret, kiteVariable } from './kite-environment.js';

/** Options of `login zerodha`. */
export interface LoginZerodhaOptions extends CommonOptions {
  readonly requestToken?: string;
  readonly out?: string;
  readonly print?: boolean;
  readonly endpointRest?: string;
}

/** A word of the shell, whatever it holds. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const FIRST_LINE = 'export KITE_API_KEY=';

/** A file of an earlier login is replaced; anything else is not. */
const checkReplaceable = (file: string): void => {
  if (!existsSync(file)) return;
  if (readFileSync(file, 'utf8').startsWith(FIRST_LINE)) return;
  throw new QuantlaxmiError(
    'QL_FILE_EXISTS',
    `${file}: exists and is no file of an earlier login; give another name`,
    { context: { file } },
  );
};

const address = (apiKey: string): Outcome => {
  const loginUrl = kiteLoginUrl(apiKey);
  const text = [
    'Open this address, log in, and copy request_token out of the address you are sent to:',
    '',
    `  ${loginUrl}`,
    '',
    'Then, within a few minutes, with KITE_API_SECRET set:',
    '',
    '  quantlaxmi login zerodha --request-token TOKEN --out kite.env',
  ].join('\n');
  return { exitCode: 0, document: { loginUrl }, text };
};

/** Prints the login address, or exchanges a request token. */
export const loginZerodhaCommand = async (options: LoginZerodhaOptions): Promise<Outcome> => {
  const apiKey = kiteVariable('KITE_API_KEY');
  const { requestToken, out, print = false } = options;
  if (requestToken === undefined) return address(apiKey);
  // Before the exchange: a request token is good for one.
  if (out === undefined && !print) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      'login zerodha: give --out FILE for the access token (mode 0600), or --print to see it',
    );
  }
  if (out !== undefined) checkReplaceable(out);
  const session = await kiteSession(
    {
      apiKey,
      apiSecret: kiteSecret('KITE_API_SECRET'),
      requestToken: new Secret(requestToken),
      root: options.endpointRest ?? KITE_ROOTS.rest,
    },
    httpPort(),
  );
  const lines = [
    `${FIRST_LINE}${quoted(apiKey)}`,
    `export KITE_ACCESS_TOKEN=${quoted(session.accessToken.reveal())}`,
  ].join('\n');
  if (out !== undefined) await replaceAtomically(out, encodeUtf8(`${lines}\n`), { mode: 0o600 });
  const { userId, expiresUs, exchanges } = session;
  const ends = `${istTimeText(expiresUs)} IST`;
  const text = [
    facts([
      ['logged in', userId],
      ['token ends', ends],
      ...(out === undefined ? [] : [['written', `${out}; load it with: . ${out}`] as const]),
    ]),
    ...(print ? [lines] : []),
  ].join('\n');
  const document = { userId, expiresUs, exchanges: [...exchanges], out: out ?? null };
  return { exitCode: 0, document: print ? { ...document, lines } : document, text };
};
