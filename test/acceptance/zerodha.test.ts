/** `capture zerodha` and `login zerodha`, against a venue on loopback. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  type KiteVenue,
  type KiteVenueOptions,
  kiteVenue,
  syntheticKite,
} from 'quantlaxmi/testing/node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { scanForSecret } from '../../src/node/index.js';
import { dumpOf, idOf, tokenOf } from '../venues/zerodha/live/dump.js';
import { scratch } from './lib/command.js';
import { commandHere } from './lib/in-process.js';

const dir = scratch('zerodha');
const dump = join(dir, 'instruments.csv');
writeFileSync(dump, dumpOf(10));
const TOKEN = 'c4nary-acc3ss-token';
const SECRET = 'c4nary-api-s3cret';

const withVenue = async (
  options: Partial<KiteVenueOptions>,
  use: (venue: KiteVenue, endpoints: string[]) => Promise<void>,
): Promise<void> => {
  const tokens = [tokenOf(1), tokenOf(2), tokenOf(3)];
  const venue = await kiteVenue({
    source: syntheticKite({ seed: 9n, tokens, durationUs: 3_600_000_000 }),
    instruments: new TextDecoder().decode(dumpOf(10)),
    ...{ apiKey: 'my-key', apiSecret: SECRET, accessToken: TOKEN, log: false },
    ...options,
  });
  try {
    await use(venue, ['--endpoint-rest', venue.url.http, '--endpoint-ws', venue.url.ws]);
  } finally {
    await venue.close();
  }
};

type Document = Readonly<Record<string, unknown>>;
const json = async (
  args: readonly string[],
): Promise<{ code: number | null; document: Document; err: string }> => {
  const { code, out, err } = await commandHere([...args, '--json']);
  return { code, document: JSON.parse(out === '' ? '{}' : out) as Document, err };
};

/**
 * Runs a live capture in this process, plays frames once everything is subscribed, and stops it as
 * Ctrl-C does when they arrived.
 */
const capturing = async (
  venue: KiteVenue,
  args: readonly string[],
  frames: number,
): ReturnType<typeof json> => {
  const others = new Set(process.listeners('SIGINT'));
  const running = json(args);
  const subscribed = (): boolean =>
    venue.connections.some(({ open, received }) => open && received.length >= 2);
  await Promise.race([running, venue.until(subscribed)]);
  await venue.release(frames);
  await venue.settled();
  const stop = process.listeners('SIGINT').filter((listener) => !others.has(listener));
  for (const listener of stop) listener('SIGINT');
  const { code, document, err } = await running;
  return { code, document, err: err.replace(/^stopping: .*\n/m, '') };
};

beforeEach(() => {
  vi.stubEnv('KITE_API_KEY', 'my-key');
  vi.stubEnv('KITE_API_SECRET', SECRET);
  vi.stubEnv('KITE_ACCESS_TOKEN', TOKEN);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('capture zerodha', { timeout: 300_000 }, () => {
  test('records the ticker, and its raw record gives the same events', async () => {
    await withVenue({}, async (venue, endpoints) => {
      const out = join(dir, 'all', 'session');
      const args = [
        ...['capture', 'zerodha', '--symbols', idOf(1), '--tokens', `${tokenOf(2)}`],
        ...['--mode', 'full', '--raw', '--out', out, ...endpoints],
      ];
      const live = await capturing(venue, args, 40);
      expect([live.code, live.err]).toEqual([0, '']);
      const counts = live.document['counts'] as Record<string, number>;
      expect(counts['Instrument']).toBe(2);
      expect(counts['Quote']).toBeGreaterThan(3);
      expect(counts['BookSnapshot']).toBe(counts['Quote']);
      expect(live.document['stats']).toMatchObject({ malformed: 0, unknownTokens: 0 });
      expect(venue.requests.map(({ url }) => url)).toEqual(['/instruments/NFO']);
      const parts = readdirSync(join(out, 'raw'))
        .sort()
        .map((name) => join(out, 'raw', name));
      const again = await json([
        'capture',
        'zerodha',
        '--from',
        ...parts,
        '--out',
        join(dir, 'again'),
      ]);
      expect([again.code, again.err]).toEqual([0, '']);
      expect(again.document['eventsSha256']).toBe(live.document['eventsSha256']);
      // Control: the two logs are different ones.
      expect(again.document['walId']).not.toBe(live.document['walId']);
      expect(await scanForSecret(join(dir, 'all'), { canary: TOKEN })).toEqual([]);
    });
  });

  test('a dump at hand is not asked for again, and is in the raw record', async () => {
    await withVenue({}, async (venue, endpoints) => {
      const out = join(dir, 'given');
      const packed = join(dir, 'instruments.csv.gz');
      writeFileSync(packed, gzipSync(dumpOf(10)));
      const args = [
        ...['capture', 'zerodha', '--instruments', packed, '--symbols', idOf(3), '--mode', 'ltp'],
        ...['--raw', '--out', out, ...endpoints],
      ];
      const { code, document } = await capturing(venue, args, 40);
      expect(code).toBe(0);
      expect(venue.requests).toEqual([]);
      expect((document['counts'] as Record<string, number>)['Quote'] ?? 0).toBe(0);
      expect((document['counts'] as Record<string, number>)['Stats']).toBeGreaterThan(0);
      const parts = readdirSync(join(out, 'raw')).map((name) => join(out, 'raw', name));
      const again = await json([
        'capture',
        'zerodha',
        '--from',
        ...parts,
        '--out',
        join(dir, 'given-again'),
      ]);
      expect(again.document['eventsSha256']).toBe(document['eventsSha256']);
    });
  });

  test('recorded frames with their instruments become a session', async () => {
    const recording = join(dir, 'frames.txt');
    const ltp = (price: number): string => {
      const bytes = new DataView(new ArrayBuffer(12));
      bytes.setUint16(0, 1);
      bytes.setUint16(2, 8);
      bytes.setInt32(4, tokenOf(1));
      bytes.setInt32(8, price);
      return Buffer.from(bytes.buffer).toString('hex');
    };
    const lines = [
      `1756000000000 ${ltp(2_500_050)}`,
      '1756000000100 AA==',
      '1756000000200 {"type":"message","data":"hello"}',
      '1756000000300 00',
      `1756000000400 ${ltp(2_500_100)}`,
    ];
    writeFileSync(recording, `${lines.join('\n')}\n`);
    const args = ['capture', 'zerodha', '--from', recording, '--out'];
    const { code, document, err } = await json([
      ...args,
      join(dir, 'frames'),
      '--instruments',
      dump,
    ]);
    expect([code, err]).toEqual([0, '']);
    expect(document['counts']).toMatchObject({ Instrument: 1, Stats: 2 });
    expect(document['stats']).toMatchObject({ packets: 2, texts: 1, heartbeats: 2, malformed: 0 });
    const none = await json([...args, join(dir, 'frames-2')]);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('--instruments FILE')]);
    const wrong = await json([...args, join(dir, 'frames-3'), '--instruments', recording]);
    expect(wrong.code).toBe(2);
    const empty = join(dir, 'empty.txt');
    writeFileSync(empty, 'nothing of the kind\n');
    const refused = await json([
      ...['capture', 'zerodha', '--from', empty, '--out', join(dir, 'frames-4')],
      ...['--instruments', dump],
    ]);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('QL_RECORDING_EMPTY')]);
  });

  test('a token that ended says where to log in, and the session can go on', async () => {
    await withVenue({ accessToken: 'another' }, async (_venue, endpoints) => {
      const out = join(dir, 'ended');
      const args = ['capture', 'zerodha', '--symbols', idOf(1), '--out', out, ...endpoints];
      const { code, err } = await json(args);
      expect(code).toBe(2);
      expect(err).toContain('QL_KITE_TOKEN');
      expect(err).toContain('https://kite.zerodha.com/connect/login?v=3&api_key=my-key');
      expect(err).not.toContain(TOKEN);
    });
    await withVenue({}, async (venue, endpoints) => {
      const out = join(dir, 'ended');
      const args = ['capture', 'zerodha', '--symbols', idOf(1), '--out', out, ...endpoints];
      const { code, document } = await capturing(venue, [...args, '--resume'], 10);
      expect([code, document['resumed']]).toEqual([0, true]);
    });
  });

  test.each([
    [['--symbols', 'NIFTY'], 'NSE:FO:NIFTY26AUGFUT'],
    [['--tokens', '12x'], '--tokens 12x'],
    [['--symbols', 'NSE:EQ:INFY', '--mode', 'depth'], '--mode depth'],
    [['--symbols', 'NSE:EQ:INFY', '--endpoint-ws', 'nowhere'], '--endpoint-ws nowhere'],
    [[], '--tokens'],
    [['--from', dump, '--symbols', 'NSE:EQ:INFY'], 'not with --from'],
  ])('refuses %j', async (args, said) => {
    const out = join(dir, 'refused');
    const { code, err } = await commandHere(['capture', 'zerodha', ...args, '--out', out]);
    expect([code, err]).toEqual([2, expect.stringContaining(said)]);
  });

  test('without keys in the environment it says which', async () => {
    for (const name of ['KITE_API_KEY', 'KITE_ACCESS_TOKEN']) {
      vi.stubEnv(name, '');
      const args = ['capture', 'zerodha', '--symbols', idOf(1), '--out', join(dir, 'no')];
      const { code, err } = await commandHere(args);
      expect([code, err]).toEqual([2, expect.stringContaining(name)]);
      vi.stubEnv(name, 'x');
    }
  });
});

describe('login zerodha', { timeout: 300_000 }, () => {
  const login = ['login', 'zerodha'];

  test('prints the address to log in at', async () => {
    const { code, document } = await json(login);
    expect([code, document]).toEqual([
      0,
      {
        fmt: 'quantlaxmi-login/1',
        loginUrl: 'https://kite.zerodha.com/connect/login?v=3&api_key=my-key',
      },
    ]);
  });

  test('writes the token to a file of its owner, and shows it only when asked', async () => {
    await withVenue({ requestTokens: ['first', 'second'] }, async (venue) => {
      const out = join(dir, 'kite.env');
      const rest = ['--endpoint-rest', venue.url.http];
      const first = await commandHere([
        ...login,
        '--request-token',
        'first',
        '--out',
        out,
        ...rest,
      ]);
      expect(first.code).toBe(0);
      expect(first.out + first.err).not.toContain('local-token-1');
      expect(first.out + first.err).not.toContain(SECRET);
      expect(statSync(out).mode & 0o777).toBe(0o600);
      expect(readFileSync(out, 'utf8')).toBe(
        "export KITE_API_KEY='my-key'\nexport KITE_ACCESS_TOKEN='local-token-1'\n",
      );
      const args = [...login, '--request-token', 'second', '--out', out, '--print', ...rest];
      const second = await commandHere(args);
      expect([second.code, second.out]).toEqual([0, expect.stringContaining('local-token-2')]);
      expect(readFileSync(out, 'utf8')).toContain('local-token-2');
      const used = await commandHere(args);
      expect([used.code, used.err]).toEqual([2, expect.stringContaining('QL_KITE_TOKEN')]);
    });
  });

  test('what would lose the one exchange is refused before it', async () => {
    await withVenue({}, async (venue) => {
      const args = [
        ...login,
        '--request-token',
        'local-request',
        '--endpoint-rest',
        venue.url.http,
      ];
      expect(await commandHere(args)).toMatchObject({ code: 2 });
      const other = join(dir, 'bashrc');
      writeFileSync(other, 'alias x=y\n');
      const kept = await commandHere([...args, '--out', other]);
      expect([kept.code, kept.err]).toEqual([2, expect.stringContaining('QL_FILE_EXISTS')]);
      expect(readFileSync(other, 'utf8')).toBe('alias x=y\n');
      expect(venue.requests).toEqual([]);
    });
  });
});
