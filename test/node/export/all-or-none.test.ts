import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { exportLog } from 'quantlaxmi/node/export';
import { createSession } from 'quantlaxmi/node';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { rejection, temporaryFolder } from '../folders.js';
import { marketEvents } from '../market.js';

/** Folders whose sync is refused, and all that were asked for. */
const disk = vi.hoisted(() => ({ refuse: '', synced: [] as string[] }));
vi.mock('../../../src/node/atomic-write.js', async (original) => {
  const real = await original<typeof import('../../../src/node/atomic-write.js')>();
  return {
    ...real,
    syncDirectory: async (dir: string): Promise<void> => {
      disk.synced.push(dir);
      if (dir === disk.refuse) throw Object.assign(new Error('EIO'), { code: 'EIO' });
      await real.syncDirectory(dir);
    },
  };
});
afterEach(() => {
  disk.refuse = '';
});

const session = async (dir: string): Promise<string> => {
  const capture = { feed: { name: 'test', version: '1' } };
  const writer = await createSession(dir, { capture, policy: { kind: 'os' } });
  for (const event of marketEvents(30)) writer.wal.append(event);
  await writer.seal();
  return dir;
};

describe('NODE-23: the files of an export appear all, or none does', () => {
  test('a name that is taken only when it is given takes the others back', async () => {
    const dir = temporaryFolder();
    const log = await session(join(dir, 'session'));
    const whole = await exportLog(log, { format: 'csv', out: join(dir, 'whole') });
    const names = whole.map(({ type }) => `${type}.csv`).sort();
    expect(names.length).toBeGreaterThan(1);
    for (const [i, name] of names.entries()) {
      const out = join(dir, `out-${i}`);
      mkdirSync(out);
      // A link that leads nowhere: a look finds no file, a new name finds one.
      symlinkSync('/nowhere', join(out, name));
      expect(existsSync(join(out, name))).toBe(false);
      const work = exportLog(log, { format: 'csv', out });
      expect([name, await rejection(work)]).toEqual([name, 'QL_FILE_EXISTS']);
      expect(readdirSync(out)).toEqual([name]);
    }
  });

  test('names that can not be made durable are taken back', async () => {
    const dir = temporaryFolder();
    const log = await session(join(dir, 'session'));
    const out = join(dir, 'out');
    disk.refuse = out;
    expect(await rejection(exportLog(log, { format: 'csv', out }))).toBe('QL_FILE_WRITE');
    expect(readdirSync(out)).toEqual([]);
    disk.refuse = '';
    disk.synced.length = 0;
    const tables = await exportLog(log, { format: 'csv', out });
    expect(disk.synced).toContain(out);
    expect(readdirSync(out).length).toBe(tables.length);
  });
});
