import { WebSocket } from 'ws';

/** What a plain client saw. */
export interface Client {
  readonly ws: WebSocket;
  readonly texts: string[];
  readonly binaries: Uint8Array[];
  /** Everything received, in order, as Latin-1 text. */
  readonly all: string[];
  pings: number;
  errors: string[];
  /** Close code and reason; the status of a refused handshake is in errors. */
  readonly closed: Promise<{ code: number; reason: string }>;
  send(value: unknown): void;
}

/** Opens a WebSocket; ends when it is open or was refused. */
export async function connect(url: string): Promise<Client> {
  const ws = new WebSocket(url, { perMessageDeflate: false });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  const client: Client = {
    ws,
    texts: [],
    binaries: [],
    all: [],
    pings: 0,
    errors: [],
    closed,
    send: (value) => ws.send(typeof value === 'string' ? value : JSON.stringify(value)),
  };
  ws.on('message', (data, binary) => {
    const bytes = data as Buffer;
    client.all.push(bytes.toString('latin1'));
    if (binary) client.binaries.push(Uint8Array.from(bytes));
    else client.texts.push(bytes.toString());
  });
  ws.on('ping', () => {
    client.pings += 1;
  });
  ws.on('error', (error) => client.errors.push(error.message));
  await new Promise<void>((resolve) => {
    ws.on('open', resolve);
    void closed.then(() => resolve());
  });
  return client;
}

/** An answer over HTTP with its JSON. */
export async function ask(
  url: string,
): Promise<{ status: number; headers: Headers; json: unknown; text: string }> {
  const answer = await fetch(url);
  const text = await answer.text();
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    json = null;
  }
  return { status: answer.status, headers: answer.headers, json, text };
}
