/**
 * Sends orders to a venue over TCP, each durable in its log before it leaves. Started again after
 * a crash it reads its log and sends again what has no fill there. Says `D <client order id>` when
 * an order is durable, `A <client order id>` when its fill is.
 */
import { writeSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { deriveId } from '../../../../src/core/index.js';
import type { EventInput, FillBody, OrderBody } from '../../../../src/events/index.js';
import { nodeSha256 } from '../../../../src/node/sha256.js';
import { fileStore } from '../../../../src/node/wal-store/file-store.js';
import { openWalWriter, readWal, type WalWriter } from '../../../../src/wal/index.js';

interface TraderSpec {
  readonly dir: string;
  readonly port: number;
  /** Orders to have filled in all; 0 for no end. */
  readonly orders: number;
  readonly wrong?: 'freshIds' | 'sendsFirst';
}

const spec = JSON.parse(process.argv[2] ?? '{}') as TraderSpec;
const say = (line: string): void => void writeSync(1, `${line}\n`);
const inst = 'BINANCE:USDM:BTCUSDT';
const RX = 1_700_000_000_000_000;

/** The order made at input `cause`, as a strategy's step names it: the same whenever it is made. */
function orderAt(cause: number): OrderBody {
  const tail = deriveId('', 'run-f36', 'trader', cause, 0);
  return {
    ...{ cause, clientOrderId: `c-${tail}`, inst, orderId: `o-${tail}`, price: 600_000 + cause },
    ...{ qty: 5, reason: '', remaining: 5, riskDecisionId: `r-${tail}`, side: 'buy' },
    ...{ state: 'submitted', tif: 'gtc', type: 'limit', venueOrderId: '' },
  } as OrderBody;
}

const record = (t: 'Fill' | 'Order', src: string, body: FillBody | OrderBody): EventInput =>
  ({ t, sv: 1, rx: RX, ts: null, src, body }) as EventInput;

/** Lines of the venue, one at a time. */
function linesOf(socket: Socket): () => Promise<string> {
  let text = '';
  let wake: () => void = () => undefined;
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    wake();
  });
  return async () => {
    while (!text.includes('\n')) await new Promise<void>((resolve) => (wake = resolve));
    const end = text.indexOf('\n');
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    return line;
  };
}

/** What the log knows of earlier lives: orders by id, and which of them are filled. */
async function remembered(): Promise<{ orders: Map<string, OrderBody>; filled: Set<string> }> {
  const orders = new Map<string, OrderBody>();
  const filled = new Set<string>();
  for await (const batch of readWal(fileStore(spec.dir), { hasher: nodeSha256, upTo: 'commit' })) {
    for (const event of batch) {
      if (event.t === 'Order') orders.set(event.body.orderId, event.body);
      else if (event.t === 'Fill') filled.add(event.body.orderId);
    }
  }
  return { orders, filled };
}

async function main(): Promise<void> {
  const log: WalWriter = await openWalWriter(fileStore(spec.dir), {
    walId: '0123456789abcdef0123456789abcdef',
    clock: { nowUs: () => RX },
    hasher: nodeSha256,
    policy: { kind: 'always' },
    rotate: { bytes: 262_144, events: 400 },
  });
  const { orders, filled } = await remembered();
  const socket = connect(spec.port, '127.0.0.1');
  const nextLine = linesOf(socket);
  const send = async (order: OrderBody, clientOrderId: string): Promise<void> => {
    socket.write(`N ${clientOrderId} ${order.qty}\n`);
    const fillId = await nextLine();
    const { cause, orderId, price, qty, side } = order;
    const body: FillBody = {
      ...{ cause, fee: 0, feeCurrency: 'USDT', feeExponent: -8, fillId, inst, orderId, qty, side },
      ...{ liquidity: 'taker', price: price ?? 0 },
    };
    log.append(record('Fill', 'VENUE', body));
    await log.flush();
    say(`A ${clientOrderId}`);
  };
  for (const order of orders.values()) {
    if (filled.has(order.orderId)) continue;
    const again = orderAt(order.cause).clientOrderId;
    if (again !== order.clientOrderId) say(`U derived ${again}, logged ${order.clientOrderId}`);
    await send(order, spec.wrong === 'freshIds' ? `${again}-${process.pid}` : order.clientOrderId);
  }
  for (let cause = orders.size + 1; spec.orders === 0 || cause <= spec.orders; cause += 1) {
    const order = orderAt(cause);
    if (spec.wrong === 'sendsFirst') socket.write(`N ${order.clientOrderId} ${order.qty}\n`);
    log.append(record('Order', 'RUNNER', order));
    if (spec.wrong === 'sendsFirst') await new Promise((resolve) => setTimeout(resolve, 20));
    await log.flush();
    say(`D ${order.clientOrderId}`);
    await send(order, order.clientOrderId);
  }
  socket.end();
  await log.close();
  say('C');
}

await main();
