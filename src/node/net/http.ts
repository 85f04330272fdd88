/** Requests over the runtime's own `fetch`. @module */
import { QuantlaxmiError } from '../../core/index.js';
import type { HttpAnswer, HttpPort, HttpRequest } from '../../venues/feed/index.js';

/** Method, host and path: queries and headers may hold keys and signatures. */
function nameOf({ method, url }: HttpRequest): string {
  if (!URL.canParse(url)) return `${method} of an address that is none`;
  const { host, pathname } = new URL(url);
  return `${method} ${host}${pathname}`;
}

function noAnswer(request: HttpRequest, why: string): QuantlaxmiError {
  const name = nameOf(request);
  // Errors of the runtime quote headers and addresses, so none is kept as the cause.
  return new QuantlaxmiError('QL_FEED_REQUEST', `${name}: no answer (${why})`, {
    context: { request: name, why },
  });
}

/** Errno of a connection that failed; `refused by the runtime` for a request it would not make. */
function errnoOf(error: unknown): string {
  const cause = (error as { cause?: { code?: unknown } } | null)?.cause;
  return typeof cause?.code === 'string' ? cause.code : 'connection failed or request not valid';
}

async function bodyOf(response: Response, request: HttpRequest): Promise<Uint8Array> {
  const { bytesMax } = request;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  if (response.body === null) return new Uint8Array(0);
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > bytesMax) throw noAnswer(request, `longer than ${bytesMax} bytes`);
    parts.push(part);
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function make(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const { method, headers, body } = request;
  const response = await fetch(request.url, {
    ...{ method, headers: { ...headers }, body, signal },
    // A redirect is an answer: followed, it would take keys along.
    redirect: 'manual',
  });
  const lower: Record<string, string> = {};
  for (const [name, value] of response.headers) lower[name] = value;
  return { status: response.status, headers: lower, body: await bodyOf(response, request) };
}

/**
 * Requests over the runtime's `fetch`. Whatever its status an answer is an answer; redirects are
 * not followed. The time covers the whole body, which is measured while it is read, after
 * inflating.
 *
 * @example
 * ```ts
 * import { isQuantlaxmiError } from 'quantlaxmi/core';
 * import { httpPort } from 'quantlaxmi/node';
 *
 * const url = 'http://127.0.0.1:1/time?signature=secret';
 * const given = { headers: {}, body: null, timeoutUs: 1_000_000, bytesMax: 1_000 };
 * const failed = await httpPort().request({ method: 'GET', url, ...given }).catch((e) => e);
 * isQuantlaxmiError(failed, 'QL_FEED_REQUEST'); // => true
 * failed.message.includes('secret'); // => false
 * ```
 */
export function httpPort(): HttpPort {
  return {
    async request(request) {
      const control = new AbortController();
      let late = false;
      const timer = setTimeout(
        () => {
          late = true;
          control.abort();
        },
        Math.ceil(request.timeoutUs / 1000),
      );
      try {
        return await make(request, control.signal);
      } catch (error) {
        // Gives the connection up where the body was left half read.
        control.abort();
        if (late) throw noAnswer(request, `none within ${request.timeoutUs} µs`);
        throw error instanceof QuantlaxmiError ? error : noAnswer(request, errnoOf(error));
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
