import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { killSwitch, killSwitchApi, killSwitchSignal, sendGuard } from 'quantlaxmi/node';
import type { SendAction } from 'quantlaxmi/strategy';
import { expect, test } from 'vitest';
import { temporaryFolder } from './folders.js';

const submit = { kind: 'submit' } as SendAction;
const cancel = { kind: 'cancel' } as SendAction;
const at = { nowUs: 1_000, cause: 1 };

test('NODE-3: several switches are engaged while any is, or cannot answer', () => {
  const api = killSwitchApi();
  const throwing = {
    engaged: (): boolean => {
      throw new Error('down');
    },
  };
  const file = join(temporaryFolder(), 'KILL');
  expect(killSwitch([api, file]).engaged()).toBe(false);
  expect(killSwitch([api, throwing]).engaged()).toBe(true);
  expect(killSwitch(['/nowhere/KILL']).engaged()).toBe(true);
  api.engage('watchdog', 'silent');
  expect(killSwitch([api, file]).engaged()).toBe(true);
  for (const nobody of ['', '  ', undefined]) {
    expect(() => api.release(nobody as string)).toThrow(/no name/);
  }
  expect(() => killSwitch([])).toThrow(/no part/);
  api.release('asha');
  expect(api.engaged()).toBe(false);
});

test('NODE-3: a signal throws the switch for good', async () => {
  const kill = killSwitchSignal('SIGUSR2');
  const child = spawn('kill', ['-USR2', String(process.pid)]);
  await once(child, 'close');
  for (let i = 0; i < 200 && !kill.engaged(); i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(kill.engaged()).toBe(true);
  kill.close();
  expect(kill.engaged()).toBe(true);
});

test('NODE-3: the guard lets cancels out but over a poisoned log, and no late decision', () => {
  const api = killSwitchApi();
  api.engage('asha', 'drill');
  const stopped = sendGuard({ killSwitch: api });
  expect([stopped.check(submit, at), stopped.check(cancel, at)]).toEqual([
    'QL_RISK_KILL_SWITCH',
    '',
  ]);
  const poisoned = sendGuard({ log: { state: 'poisoned' } });
  expect(poisoned.check(cancel, at)).toBe('QL_WAL_POISONED');
  const clock = { nowUs: () => 1_600 };
  expect(sendGuard({ decisionAgeMaxUs: 500, clock }).check(submit, at)).toBe('QL_SEND_LATE');
  expect(sendGuard({ decisionAgeMaxUs: 600, clock }).check(submit, at)).toBe('');
  expect(sendGuard({ decisionAgeMaxUs: 600 }).check(submit, at)).toBe('QL_SEND_LATE');
});

test('NODE-35: a process clock far behind the log holds requests back, as one ahead does', () => {
  const submit = { kind: 'submit' } as SendAction;
  const at = (nowUs: number) =>
    sendGuard({ decisionAgeMaxUs: 1_000, clock: { nowUs: () => nowUs } as never }).check(submit, {
      nowUs: 10_000,
      cause: 1,
    });
  expect([at(10_500), at(9_500)]).toEqual(['', '']);
  for (const nowUs of [11_001, 8_999, 0, Number.NaN, -Infinity, Infinity]) {
    expect(at(nowUs), String(nowUs)).toBe('QL_SEND_LATE');
  }
});
