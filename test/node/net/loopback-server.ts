import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { WebSocketServer } from 'ws';

const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An HTTP server on loopback that is gone after the test; returns host and port. */
export const httpServer = (
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> => listen(createServer(answer));

/** A WebSocket server on loopback that is gone after the test, and its address. */
export async function socketServer(): Promise<{ server: WebSocketServer; url: string }> {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  running.push(async () => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return { server, url: `ws://${await listen(http)}/` };
}

/** Host and a port that nobody listens on. */
export async function refusing(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}
