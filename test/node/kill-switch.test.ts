import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { killSwitchFile } from 'quantlaxmi/node';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from './folders.js';

describe('the kill switch', () => {
  test('NODE-3: is armed exactly while the file is there', () => {
    const path = join(temporaryFolder(), 'KILL');
    const kill = killSwitchFile(path);
    expect(kill.check()).toEqual({ armed: false, reason: '' });
    writeFileSync(path, '');
    expect(kill.armed()).toBe(true);
    rmSync(path);
    expect(kill.armed()).toBe(false);
    mkdirSync(path);
    expect(kill.armed()).toBe(true);
    rmSync(path, { recursive: true });
    symlinkSync('/nowhere', path);
    expect(kill.armed()).toBe(true);
  });

  test('NODE-3: what cannot be looked at is armed, with the reason', () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'file'), '');
    const through = killSwitchFile(join(dir, 'file', 'KILL'));
    expect(through.check().armed).toBe(true);
    expect(through.check().reason).toContain('ENOTDIR');
    expect(killSwitchFile(`${dir}/x\u0000y`).armed()).toBe(true);
  });

  test('NODE-3: a switch nobody could throw is armed and says so', () => {
    const missing = killSwitchFile(join(temporaryFolder(), 'missing', 'KILL'));
    expect(missing.unreachable()).toContain('ENOENT');
    expect(missing.armed()).toBe(true);
    expect(killSwitchFile(join(temporaryFolder(), 'KILL')).unreachable()).toBeNull();
  });
});
