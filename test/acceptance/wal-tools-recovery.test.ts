/** What is left of killed writers and damaged logs, by the command. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { g0DataTruth, g0Defaults, runGates } from 'quantlaxmi/gates';
import { openSession } from 'quantlaxmi/node';
import { describe, expect, test } from 'vitest';
import {
  capture,
  command,
  EXCHANGE_INFO,
  FIXTURE,
  type GatesDocument,
  json,
  MAIN,
  type ReplayDocument,
  scratch,
  STRATEGY,
} from './lib/command.js';
import { commandHere } from './lib/in-process.js';
import { writeRunConfig } from './lib/run-config.js';
import { treeOf } from './lib/tree.js';

const dir = scratch('wal-recovery');
const config = writeRunConfig(join(dir, 'config.json'));

interface SealDocument {
  readonly sealedNow: boolean;
  readonly status: string;
  readonly lastSeq: number;
  readonly recovered: { readonly lastSeq: number } | null;
}

const sizeOf = (folder: string): number =>
  existsSync(folder)
    ? readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
    : 0;

const isOver = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null;

/** Runs a command, meets `then` once its log has so many bytes; false when it was done before. */
const whenLogged = async (
  args: readonly string[],
  log: { readonly folder: string; readonly bytes: number },
  then: (child: ChildProcess) => void,
): Promise<boolean> => {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: 'ignore' });
  const over = new Promise<void>((resolve) => child.once('close', () => resolve()));
  while (!isOver(child) && sizeOf(log.folder) < log.bytes) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const caught = !isOver(child);
  if (caught) then(child);
  await over;
  return caught && child.signalCode === 'SIGKILL';
};

/** Repeats with less and less until the kill came before the end. */
const killedAt = async (
  attempt: (bytes: number, round: number) => Promise<boolean>,
): Promise<number> => {
  for (let round = 0; round < 8; round += 1) {
    if (await attempt(Math.floor(400_000 / 2 ** round), round)) return round;
  }
  throw new Error('the command was always faster than the kill');
};

const captureArgs = (out: string): string[] => {
  const input = ['--market', 'usdm', '--from', FIXTURE, '--exchange-info', EXCHANGE_INFO];
  return ['capture', 'binance', ...input, '--out', out];
};

const paperArgs = (session: string, out: string): string[] => {
  const what = ['--strategy', STRATEGY, '--config', config, '--seed', '42'];
  return ['paper', '--session', session, ...what, '--out', out];
};

describe('wal seal', { timeout: 600_000 }, () => {
  test('NODE-25: a killed capture is sealed as recovered; G0 says it was cut', async () => {
    const place = (round: number): string => join(dir, `capture-${round}`);
    let refused = '';
    const round = await killedAt((bytes, n) =>
      whenLogged(captureArgs(place(n)), { folder: join(place(n), 'wal'), bytes }, (child) => {
        child.kill('SIGSTOP');
        // Also by the log's own folder: its writer's lock is in the session's.
        refused = command(['wal', 'seal', join(place(n), 'wal')]).err;
        child.kill('SIGKILL');
      }),
    );
    const session = place(round);
    expect(refused).toContain('WAL_LOCKED');
    const early = await commandHere(paperArgs(session, join(session, 'r')));
    expect(early.err).toContain('quantlaxmi wal seal');
    const sealed = json<SealDocument>(['wal', 'seal', session]);
    expect([sealed.code, sealed.document.status]).toEqual([0, 'recovered']);
    expect(sealed.document.recovered?.lastSeq).toBe(sealed.document.lastSeq - 1);
    const again = json<SealDocument>(['wal', 'seal', session]);
    expect([again.code, again.document.sealedNow]).toEqual([0, false]);
    expect(command(['wal', 'verify', session]).code).toBe(0);
    const run = join(session, 'runs', 'r');
    expect(command(paperArgs(session, run)).code).toBe(0);
    expect(json<ReplayDocument>(['replay', run]).document.equal).toBe(true);
    const [g0] = json<GatesDocument>(['gates', run, '--only', 'G0']).document.gates;
    const complete = g0?.checks.find(({ id }) => id === 'session.complete');
    expect([g0?.verdict, complete?.verdict]).toEqual(['fail', 'fail']);
  });

  test('NODE-25: a killed run is sealed as recovered and replays equal', async () => {
    const session = join(dir, 'session');
    expect(capture(FIXTURE, session).code).toBe(0);
    const place = (round: number): string => join(dir, `run-${round}`);
    const round = await killedAt((bytes, n) =>
      whenLogged(
        paperArgs(session, place(n)),
        { folder: join(place(n), 'decisions'), bytes },
        (child) => child.kill('SIGKILL'),
      ),
    );
    const run = place(round);
    const unsealed = await commandHere(['replay', run]);
    expect([unsealed.code, unsealed.err]).toEqual([2, expect.stringContaining('wal seal')]);
    const sealed = json<SealDocument>(['wal', 'seal', run]);
    expect([sealed.code, sealed.document.status]).toEqual([0, 'recovered']);
    const replayed = json<ReplayDocument & { decisions: number }>(['replay', run]);
    const { code, document, err } = replayed;
    expect([err, code, document.equal, document.decisions > 0]).toEqual(['', 0, true, true]);
    const gates = json<GatesDocument>(['gates', run, '--only', 'G4']);
    const [g4] = gates.document.gates;
    const failed = g4?.checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
    expect([gates.code, failed]).toEqual([1, expect.arrayContaining(['manifest.complete'])]);
  });
});

interface SalvageDocument {
  readonly events: number;
  readonly missing: number;
  readonly gapCount: number;
  readonly gaps: readonly { readonly seqFrom: number; readonly seqTo: number }[];
}

describe('wal salvage', { timeout: 600_000 }, () => {
  const source = join(dir, 'whole');
  const out = join(dir, 'salvaged');

  test('NODE-26: all but the damaged events, each hole named, the source only read', async () => {
    expect(capture(FIXTURE, source).code).toBe(0);
    const whole = json<{ lastSeq: number }>(['wal', 'stat', source]).document.lastSeq;
    const wal = join(source, 'wal');
    const file = join(wal, readdirSync(wal)[0] as string);
    const lines = readFileSync(file, 'utf8').split('\n');
    const at = lines.findIndex((line) => line.startsWith('{"k":"E","seq":3000,'));
    // One line spoilt, later two lines gone.
    lines[at] = (lines[at] as string).replace('"src":"BINANCE"', '"src":"BINANCf"');
    const gone = lines.findIndex((line) => line.startsWith('{"k":"E","seq":5001,'));
    lines.splice(gone, 2);
    chmodSync(file, 0o640);
    writeFileSync(file, lines.join('\n'));
    const before = treeOf(source);
    const { code, document } = json<SalvageDocument>(['wal', 'salvage', source, '--out', out]);
    expect(treeOf(source)).toEqual(before);
    expect([code, document.gapCount, document.missing]).toEqual([0, 2, 3]);
    expect(document.gaps).toMatchObject([
      { seqFrom: 3000, seqTo: 3000, reason: 'the checksum does not match' },
      { seqFrom: 5001, seqTo: 5002 },
    ]);
    expect(document.events).toBe(whole - 3);
    expect((await commandHere(['wal', 'verify', out])).code).toBe(0);
    const text = (await commandHere(['wal', 'salvage', source, '--out', join(dir, 'again')])).out;
    expect(text).toMatch(/3000 +the checksum does not match/);
    expect(text).toContain('gates refuse it');
    const again = await commandHere(['wal', 'salvage', source, '--out', out]);
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('QL_FILE_EXISTS')]);
  });

  test('NODE-26: no run can be made on it, and G0 fails whatever its thresholds', async () => {
    const refused = await commandHere(paperArgs(out, join(dir, 'no-run')));
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringContaining('QL_SESSION_QUARANTINED'),
    ]);
    expect(existsSync(join(dir, 'no-run'))).toBe(false);
    const session = await openSession(out);
    expect(session.manifest).toMatchObject({
      status: 'quarantined',
      parentSessionId: (await openSession(source)).id,
    });
    const max = 1_000_000_000;
    const lax = Object.fromEntries(
      Object.entries(g0Defaults).map(([name, limit]) => [
        name,
        typeof limit === 'object' && 'max' in limit ? { ...(limit as object), max } : limit,
      ]),
    ) as unknown as typeof g0Defaults;
    const judge = async (one: typeof session): Promise<string[]> => {
      const [report] = await runGates([g0DataTruth(lax)], {
        session: { universe: null, events: () => one.read() },
      });
      return (report?.checks ?? []).filter((c) => c.verdict === 'fail').map((c) => c.id);
    };
    expect(await judge(session)).toEqual(['session.salvaged']);
    // Control: with thresholds as lax as these nothing else would have been found.
    const sound = join(dir, 'sound');
    cpSync(join(dir, 'session'), sound, { recursive: true });
    expect(await judge(await openSession(sound))).toEqual([]);
  });
});
