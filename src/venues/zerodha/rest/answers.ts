/**
 * Requests to Kite and what their answers say when they refuse. No secret leaves here: whatever
 * text came from elsewhere is searched for the secrets of the request before it is shown.
 * @module
 */
import {
  decodeUtf8,
  escapeControl,
  isQuantlaxmiError,
  type JsonValue,
  parseStrictJson,
  QuantlaxmiError,
  type Secret,
} from '../../../core/index.js';
import type { HttpAnswer, HttpPort, HttpRequest } from '../../feed/index.js';
import { kiteLoginUrl } from './login-url.js';

/** Longest text of the venue that an error shows, characters. */
const EXCERPT = 200;

/** What a request may not show, and what its errors need to say. */
export interface KiteCall {
  readonly apiKey: string;
  readonly secrets: readonly Secret<string>[];
  /** What people read in an error: `GET /quote`. */
  readonly place: string;
}

/** `text` without any of the secrets, without control characters, at most {@link EXCERPT} long. */
export const withoutSecrets = (text: string, secrets: readonly Secret<string>[]): string => {
  let shown = text;
  for (const secret of secrets) {
    const value = secret.reveal();
    if (value === '') continue;
    for (const form of new Set([value, encodeURIComponent(value)])) {
      shown = shown.split(form).join('[secret]');
    }
  }
  return escapeControl(shown.length > EXCERPT ? `${shown.slice(0, EXCERPT)}…` : shown);
};

/**
 * The error for an access token that is no longer valid: says where to log in.
 *
 * @param place - what was refused, e.g. `ticker handshake`
 * @param apiKey - the key of the app; it is no secret, the login address holds it
 * @param said - what the venue said
 * @returns an error with code QL_KITE_TOKEN
 */
export const kiteTokenError = (place: string, apiKey: string, said: string): QuantlaxmiError =>
  new QuantlaxmiError(
    'QL_KITE_TOKEN',
    `${place}: the access token is not valid (${said}). Tokens end at 06:00 IST each day, at a ` +
      'logout, and when another login is made with the same API key. ' +
      `Log in at ${kiteLoginUrl(apiKey)} and exchange the request_token of the redirect for a new ` +
      'access token (quantlaxmi login zerodha)',
    { context: { place, errorType: 'TokenException', status: 403 } },
  );

const textOf = (bytes: Uint8Array): string => {
  try {
    return decodeUtf8(bytes);
  } catch {
    return '';
  }
};

/** An object of an answer, or an empty one. */
export const objectOf = (value: JsonValue | undefined): Readonly<Record<string, JsonValue>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, JsonValue>>)
    : {};

const refusalOf = (bytes: Uint8Array): Readonly<Record<string, JsonValue>> => {
  try {
    return objectOf(parseStrictJson(textOf(bytes), { numbers: 'any', maxBytes: 1 << 16 }));
  } catch {
    return {};
  }
};

const MAX_TYPE = /^[A-Za-z]{1,40}$/;

/**
 * The error that a refusing answer stands for (kite.trade/docs/connect/v3/exceptions).
 *
 * @param call - what was asked
 * @param answer - the answer, its status is not 200
 * @returns QL_KITE_TOKEN for a TokenException, else QL_KITE_REST with `errorType` and `status`
 */
export const kiteRefusal = (call: KiteCall, answer: HttpAnswer): QuantlaxmiError => {
  const body = refusalOf(answer.body);
  const type = body['error_type'];
  const errorType = typeof type === 'string' && MAX_TYPE.test(type) ? type : '';
  const message = body['message'];
  const told = typeof message === 'string' ? message : textOf(answer.body.subarray(0, 4 * EXCERPT));
  const said = withoutSecrets(told, call.secrets);
  if (errorType === 'TokenException') return kiteTokenError(call.place, call.apiKey, said);
  const advice =
    answer.status === 429
      ? '; too many requests, make fewer: quotes 1/s, candles 3/s, else 10/s'
      : '';
  return new QuantlaxmiError(
    'QL_KITE_REST',
    `${call.place}: HTTP ${answer.status}, ${errorType || 'no error type'}: ${said}${advice}`,
    { context: { place: call.place, errorType, status: answer.status } },
  );
};

/**
 * Makes a request and hands back the body of its answer.
 *
 * @param http - the port
 * @param request - the request; its address and headers may hold secrets
 * @param call - the secrets, and what to say
 * @returns the body of an answer with status 200
 * @throws QuantlaxmiError QL_KITE_TOKEN, QL_KITE_REST as {@link kiteRefusal} says; QL_FEED_REQUEST
 * when there is no answer
 */
export const kiteBody = async (
  http: HttpPort,
  request: HttpRequest,
  call: KiteCall,
): Promise<Uint8Array> => {
  let answer: HttpAnswer;
  try {
    answer = await http.request(request);
  } catch (error) {
    // Neither the message, which may quote the address, nor the error itself goes on.
    const said = error instanceof Error ? error.message : String(error);
    throw new QuantlaxmiError(
      isQuantlaxmiError(error) ? error.code : 'QL_FEED_REQUEST',
      `${call.place}: ${withoutSecrets(said, call.secrets)}`,
      { context: { place: call.place } },
    );
  }
  if (answer.status !== 200) throw kiteRefusal(call, answer);
  return answer.body;
};
