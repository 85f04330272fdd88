/** A key in environment and configuration, carried through every command, is in no byte written. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createSession, fileStore, nodeSha256, scanForSecret } from '../../src/node/index.js';
import { verifyWal } from '../../src/wal/index.js';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { command, EXCHANGE_INFO, FIXTURE, scratch, STRATEGY } from './lib/command.js';
import { writeRunConfig } from './lib/run-config.js';

const dir = scratch('secrets');
const canary = `k${randomBytes(18).toString('base64')}`;
const env = { EXCHANGE_API_KEY: canary, QUANTLAXMI_KEY_PASSPHRASE: `p${canary}` };

describe('a canary key', { timeout: 300_000 }, () => {
  const out: string[] = [];
  const run = (args: readonly string[]): void => {
    const { code, out: stdout, err } = command(args, { env });
    out.push(stdout, err);
    expect([args[0], code, code === 0 ? '' : err]).toEqual([args[0], 0, '']);
  };

  beforeAll(() => {
    const session = join(dir, 'all', 'session');
    const runDir = join(session, 'runs', 'r');
    const config = writeRunConfig(join(dir, 'config.json'));
    const source = ['--market', 'usdm', '--from', FIXTURE, '--exchange-info', EXCHANGE_INFO];
    run(['capture', 'binance', ...source, '--out', session]);
    const paper = ['--session', session, '--strategy', STRATEGY, '--config', config];
    run(['paper', ...paper, '--out', runDir, '--log', 'json']);
    run(['replay', runDir]);
    run(['gates', runDir, '--only', 'G0,G1', '--junit', join(dir, 'all', 'junit.xml')]);
    const key = join(dir, 'key.pem');
    run(['evidence', 'keygen', '--out', key]);
    run(['evidence', 'sign', runDir, '--key', key, '--approver', 'x']);
    run(['evidence', 'verify', runDir, '--key', `${key}.pub`, '--json']);
    writeFileSync(join(dir, 'all', 'printed.txt'), out.join('\n'));
  }, 300_000);

  test('is in no form in what capture, paper, replay, gates and evidence write', async () => {
    const files = readdirSync(join(dir, 'all'), { recursive: true });
    expect(files.length).toBeGreaterThan(12);
    expect(await scanForSecret(join(dir, 'all'), { canary })).toEqual([]);
  });

  test('the control: a run that logs it in any form is caught', async () => {
    const bytes = Buffer.from(canary);
    const forms = {
      raw: canary,
      hex: bytes.toString('hex'),
      base64: bytes.toString('base64'),
      base64url: Buffer.from(`ab${canary}`).toString('base64url'),
      url: encodeURIComponent(canary),
      reversed: [...canary].reverse().join(''),
    };
    const path = join(dir, 'all', 'session', 'runs', 'r', 'notes.txt');
    for (const [form, text] of Object.entries(forms)) {
      writeFileSync(path, `{"x":"${text}"}`);
      expect([form, (await scanForSecret(join(dir, 'all'), { canary })).length > 0]).toEqual([
        form,
        true,
      ]);
    }
  });
});

describe('what the command prints', { timeout: 300_000 }, () => {
  const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
  const evil = '\u001b]0;title\u0007\u001b[2J\r\u009b31m\u202Egnp';

  test('no event, name or path moves the cursor: dump, stat, verify, book, errors', async () => {
    const session = join(dir, `s${evil.replaceAll('/', '')}`);
    const writer = await createSession(session, {
      capture: { feed: { name: evil, version: evil }, subscriptions: [evil] },
      policy: { kind: 'os' },
    });
    const body = { code: evil, details: { [evil]: evil }, inst: evil, kind: 'start' } as const;
    writer.wal.append({ t: 'Session', sv: 1, rx: 1_000, ts: null, src: 'TEST', body });
    await writer.seal();
    const store = fileStore(join(session, 'wal'));
    expect((await verifyWal(store, { hasher: nodeSha256 })).totalEvents).toBe(1);
    const none = join(session, 'none');
    const lines: readonly (readonly string[])[] = [
      ['wal', 'dump', session],
      ...[
        ['wal', 'stat', session],
        ['wal', 'stat', session, '--json'],
      ],
      ...[
        ['wal', 'verify', session],
        ['wal', 'verify', session, '--json'],
      ],
      ['book', session, '--instrument', evil],
      ['gates', none],
      ['replay', none],
      ['evidence', 'verify', session, '--key', none],
      ['evidence', 'anchor', session, '--to', join(none, evil)],
      ['paper', '--session', session, '--strategy', none, '--config', none],
    ];
    for (const args of lines) {
      const { out, err } = command(args);
      const shown = `${out}${err}`;
      expect(shown.length).toBeGreaterThan(10);
      const found = CONTROL.exec(shown);
      const around = JSON.stringify(
        shown.slice(Math.max(0, (found?.index ?? 0) - 60)).slice(0, 90),
      );
      expect([args.slice(0, 2).join(' '), found === null ? '' : around]).toEqual([
        args.slice(0, 2).join(' '),
        '',
      ]);
    }
    // The control: the event does hold them.
    expect(JSON.parse(command(['wal', 'dump', session]).out)).toMatchObject({ body });
  });

  test('a gzip bomb in a recording: 256 MiB without a line end are one malformed line', () => {
    const bomb = join(dir, 'bomb.gz');
    const member = gzipSync(Buffer.alloc(16 * 1_048_576), { level: 1 });
    const good = readFileSync(FIXTURE, 'utf8').split('\n').slice(0, 200).join('\n');
    const members = [gzipSync(`${good}\n`), ...Array<Buffer>(16).fill(member)];
    writeFileSync(bomb, Buffer.concat(members));
    const source = ['--market', 'usdm', '--from', bomb, '--exchange-info', EXCHANGE_INFO];
    const { code, err } = command(['capture', 'binance', ...source, '--out', join(dir, 'bomb')], {
      nodeOptions: ['--max-old-space-size=96'],
    });
    expect([code, err.includes('heap')]).toEqual([0, false]);
    const stat = command(['wal', 'stat', join(dir, 'bomb'), '--json']);
    expect(JSON.parse(stat.out)).toMatchObject({ malformed: 1 });
    expect(readFileSync(bomb).length).toBeLessThan(2_097_152);
  });
});
