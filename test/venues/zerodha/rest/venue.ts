/** A venue on loopback that answers as it is told and keeps what it was asked. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What to answer. */
export interface Answer {
  readonly status: number;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Serves until `close`; `answer` decides. */
export const answering = async (
  answer: (asked: Asked) => Answer,
): Promise<{
  readonly root: string;
  readonly asked: Asked[];
  readonly close: () => Promise<void>;
}> => {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one: Asked = { method, url, headers, body: Buffer.concat(parts).toString('utf8') };
      asked.push(one);
      const { status, body, headers: more = {} } = answer(one);
      response.writeHead(status, { 'content-type': 'application/json', ...more });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { root: `http://127.0.0.1:${port}`, asked, close };
};

/** An error as the venue writes it (kite.trade/docs/connect/v3/exceptions). */
export const refusal = (status: number, errorType: string, message: string): Answer => ({
  status,
  body: JSON.stringify({ status: 'error', message, data: null, error_type: errorType }),
});
