/** REST answers of a local Kite. @module */
import { sha256Hex } from '../../../../core/index.js';
import { type Answered, type Asked, jsonAnswer } from '../dialect.js';

/** What a REST answer is made from. */
export interface KiteRestState {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly requestTokens: Set<string>;
  /** The access token that is valid now; null when it ended. */
  readonly token: () => string | null;
  /** Makes a new access token, the only valid one from here. */
  readonly issue: () => string;
  readonly revoke: () => void;
  /** CSV of all instruments. */
  readonly instruments: string;
  /** Full quotes by `EXCHANGE:TRADINGSYMBOL`, as JSON objects. */
  readonly quotes: Readonly<Record<string, unknown>>;
  /** `data` of further paths. */
  readonly answers: Readonly<Record<string, unknown>>;
  /** Time of the login as the venue writes it. */
  readonly loginTime: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** An error as Kite words it. */
export function kiteError(status: number, type: string, message: string): Answered {
  return jsonAnswer(status, { status: 'error', message, error_type: type });
}

function success(data: unknown): Answered {
  return jsonAnswer(200, { status: 'success', data });
}

const BAD_TOKEN = 'Incorrect `api_key` or `access_token`.';

function login(state: KiteRestState, body: string): Answered {
  const form = new URLSearchParams(body);
  const request = form.get('request_token') ?? '';
  const key = form.get('api_key') ?? '';
  const expected = sha256Hex(`${state.apiKey}${request}${state.apiSecret}`);
  if (key !== state.apiKey) return kiteError(403, 'TokenException', 'Invalid `api_key`.');
  if (form.get('checksum') !== expected) {
    return kiteError(403, 'TokenException', 'Invalid `checksum`.');
  }
  if (!state.requestTokens.delete(request)) {
    return kiteError(403, 'TokenException', 'Token is invalid or has expired.');
  }
  return success({
    user_type: 'individual',
    user_id: 'XX0000',
    user_name: 'Local venue',
    broker: 'ZERODHA',
    exchanges: ['NSE', 'NFO', 'BSE', 'BFO', 'CDS', 'MCX'],
    api_key: state.apiKey,
    access_token: state.issue(),
    public_token: 'local',
    login_time: state.loginTime,
  });
}

function logout(state: KiteRestState, query: URLSearchParams): Answered {
  const known = query.get('api_key') === state.apiKey;
  if (!known || query.get('access_token') !== state.token()) {
    return kiteError(403, 'TokenException', BAD_TOKEN);
  }
  state.revoke();
  return success(true);
}

function instruments(state: KiteRestState, exchange: string | null): Answered {
  const [header = '', ...rows] = state.instruments.split(/\r?\n/).filter((line) => line !== '');
  const kept = exchange === null ? rows : rows.filter((row) => row.endsWith(`,${exchange}`));
  const body = `${[header, ...kept].join('\n')}\n`;
  return { status: 200, headers: { 'content-type': 'text/csv' }, body, delayMs: 0 };
}

const QUOTE_FIELDS = {
  '/quote': null,
  '/quote/ohlc': ['instrument_token', 'last_price', 'ohlc'],
  '/quote/ltp': ['instrument_token', 'last_price'],
} as const;

function quotes(state: KiteRestState, path: keyof typeof QUOTE_FIELDS, wanted: string[]): Answered {
  const fields = QUOTE_FIELDS[path];
  const data: Record<string, unknown> = {};
  // An instrument that is not known is left out of the answer.
  for (const name of wanted) {
    const quote = state.quotes[name] as Fields | undefined;
    if (quote === undefined) continue;
    data[name] =
      fields === null ? quote : Object.fromEntries(fields.map((field) => [field, quote[field]]));
  }
  return success(data);
}

/** Answers a request. */
export function answerKite(state: KiteRestState, { method, url, headers, body }: Asked): Answered {
  const { pathname, searchParams } = url;
  if (pathname === '/session/token') {
    if (method === 'POST') return login(state, body);
    if (method === 'DELETE') return logout(state, searchParams);
  }
  const token = state.token();
  if (token === null || headers.authorization !== `token ${state.apiKey}:${token}`) {
    return kiteError(403, 'TokenException', BAD_TOKEN);
  }
  if (pathname in state.answers) return success(state.answers[pathname]);
  if (pathname === '/instruments') return instruments(state, null);
  if (pathname.startsWith('/instruments/')) return instruments(state, pathname.slice(13));
  if (pathname in QUOTE_FIELDS) {
    return quotes(state, pathname as keyof typeof QUOTE_FIELDS, searchParams.getAll('i'));
  }
  if (pathname === '/orders' || pathname === '/trades') return success([]);
  return kiteError(404, 'GeneralException', 'Route not found');
}
