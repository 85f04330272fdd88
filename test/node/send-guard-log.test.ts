import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { EventInput } from 'quantlaxmi/events';
import { killSwitchApi, logHealth, sendGuard, watchRun } from 'quantlaxmi/node';
import { createRunner, type SendAction } from 'quantlaxmi/strategy';
import { memoryStore, openWalWriter, type WalFile, type WalStore } from 'quantlaxmi/wal';
import { expect, test } from 'vitest';
import { memoryLog, once, optionsOf, place, quotesAt } from '../strategy/lib.js';
import { handClock, options, timer } from '../wal/support.js';
import { temporaryFolder } from './folders.js';

/** A store whose syncs answer only when let go, once told to hang. */
function hanging() {
  const inner = memoryStore();
  const state = { hangs: false, letGo: () => {} };
  const sync = (call: () => Promise<void>): Promise<void> => {
    if (!state.hangs) return call();
    return new Promise<void>((resolve) => {
      state.letGo = resolve;
    }).then(call);
  };
  const wrap = (file: WalFile): WalFile => ({
    size: () => file.size(),
    read: (into, at) => file.read(into, at),
    write: (bytes, at) => file.write(bytes, at),
    datasync: () => sync(() => file.datasync()),
    sync: () => sync(() => file.sync()),
    close: () => file.close(),
  });
  const store: WalStore = {
    ...inner,
    create: async (name) => wrap(await inner.create(name)),
    open: async (name) => wrap(await inner.open(name)),
  };
  return { state, store };
}

/** A session log whose disk hangs from its second record on, and a run over it. */
async function stalledSession(ageMaxUs: number) {
  const { state, store } = hanging();
  const clock = handClock();
  const wal = await openWalWriter(store, options({ clock }));
  const log = logHealth(wal, { clock, ageMaxUs });
  await log.durable(log.append(timer(1)));
  state.hangs = true;
  const owed = log.durable(log.append(timer(2)));
  clock.us += 300_000;
  const own = memoryLog();
  const guard = sendGuard({ log: [log] });
  const strategy = once(place({ price: 990, tif: 'gtc' }));
  const runner = createRunner(optionsOf(strategy, { guard, log: own }));
  const watch = watchRun({ runner, logs: [log] });
  const letGo = async (): Promise<void> => {
    state.hangs = false;
    state.letGo();
    await owed;
  };
  return { clock, guard, letGo, log, own, runner, wal, watch };
}

const reasons = (records: readonly EventInput[]): string[] =>
  records.flatMap(({ body, src, t }) => (t === 'Order' && src === 'OPERATOR' ? [body.reason] : []));

test('NODE-35: while a log’s disk hangs, new orders and amends are held back', async () => {
  const { guard, letGo, log, own, runner, wal } = await stalledSession(250_000);
  const at = { nowUs: 0, cause: 1 };
  const ask = (kind: string): string => guard.check({ kind } as SendAction, at);
  expect([log.state, log.stalled]).toEqual(['open', true]);
  expect(['submit', 'amend', 'cancel', 'query', 'reconcile'].map(ask)).toEqual([
    ...['QL_WAL_STALLED', 'QL_WAL_STALLED', '', '', ''],
  ]);
  await runner.push(quotesAt(1_000, 2_000));
  expect(reasons(own.records)).toEqual(['QL_WAL_STALLED']);
  await letGo();
  expect([log.stalled, ask('submit')]).toEqual([false, '']);
  await wal.close();
  expect(ask('cancel')).toBe('QL_WAL_POISONED');
});

test('NODE-35: a disk that is behind by less than its limit holds nothing back', async () => {
  const { clock, letGo, log, own, runner } = await stalledSession(300_000);
  expect(log.stalled).toBe(false);
  await runner.push(quotesAt(1_000, 2_000));
  expect(reasons(own.records)).toEqual([]);
  clock.us += 1;
  expect(log.stalled).toBe(true);
  await letGo();
});

test('NODE-35: the age is that of the oldest unsynced record, not of the latest', async () => {
  const clock = handClock();
  const wal = await openWalWriter(memoryStore(), options({ clock }));
  const log = logHealth(wal, { clock, ageMaxUs: 10_000 });
  for (let i = 1; i <= 20; i += 1) {
    log.append(timer(i));
    clock.us += 600;
  }
  expect(log.stalled).toBe(true);
  await log.durable(20);
  expect(log.stalled).toBe(false);
  clock.us = Number.NaN;
  log.append(timer(21));
  expect(log.stalled).toBe(true);
});

test('NODE-35: a part that throws, or answers no boolean, holds new orders back', () => {
  const at = { nowUs: 0, cause: 1 };
  const submit = { kind: 'submit' } as SendAction;
  const switchOf = (answer: unknown) => ({ engaged: () => answer as boolean });
  for (const answer of [undefined, null, 0, '', Promise.resolve(false)]) {
    const guard = sendGuard({ killSwitch: switchOf(answer) });
    expect(guard.check(submit, at)).toBe('QL_RISK_KILL_SWITCH');
  }
  const stalled = undefined as unknown as boolean;
  expect(sendGuard({ log: { state: 'open', stalled } }).check(submit, at)).toBe('');
  const odd = 0 as unknown as boolean;
  expect(sendGuard({ log: { state: 'open', stalled: odd } }).check(submit, at)).toBe(
    'QL_WAL_STALLED',
  );
  const clock = {
    nowUs: (): number => {
      throw new Error('no time');
    },
  };
  expect(sendGuard({ clock, decisionAgeMaxUs: 1 }).check(submit, at)).toBe('QL_SEND_GUARD_FAILED');
  expect(sendGuard({ killSwitch: switchOf(false) }).check(submit, at)).toBe('');
});

test('NODE-36: what the process sees of itself reaches the run log, once per change', async () => {
  const { letGo, log, own, runner, watch, wal } = await stalledSession(250_000);
  const killSwitch = killSwitchApi();
  const both = watchRun({ runner, killSwitch });
  await watch.poll();
  await watch.poll();
  await runner.push(quotesAt(1_000, 2_000));
  await letGo();
  await watch.poll();
  killSwitch.engage('asha', 'drill');
  await both.poll();
  await both.poll();
  killSwitch.release('asha');
  await both.poll();
  await wal.close();
  await watch.poll();
  expect(log.state).toBe('closed');
  const told = own.records.flatMap(({ body, src, t }) =>
    t === 'Session' && src === 'OPERATOR' ? [body.code] : [],
  );
  expect(told).toEqual([
    ...['QL_WAL_STALLED', 'QL_WAL_FLOWING', 'QL_RISK_KILL_SWITCH', 'QL_WAL_POISONED'],
  ]);
  // The policy itself refuses while the log stalls: nothing reached the guard.
  expect(own.records.filter(({ t }) => t === 'Order')).toEqual([]);
});

test('NODE-36: a signal to a trading process stops its orders and stands in its log', async () => {
  const program = join(temporaryFolder(), 'child.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./send-guard-child.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    if (text === '') execFile('kill', ['-USR2', String(child.pid)]);
    text += part;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code).toBe(0);
  const end = JSON.parse(text.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>;
  expect(end).toEqual({ sentAfter: 0, sentBefore: true, told: ['QL_RISK_KILL_SWITCH'] });
});
