/** What an anchor states outside must not be taken back by a crash. */
import { join } from 'node:path';
import type * as FileStore from '../../../src/node/wal-store/file-store.js';
import { createSession, publishAnchor } from 'quantlaxmi/node';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../folders.js';
import { marketEvents } from '../market.js';
import { IDENTITY } from './recorded.js';

const { calls } = vi.hoisted(() => ({ calls: [] as string[] }));

vi.mock('../../../src/node/wal-store/file-store.js', async (original) => {
  const real = await original<typeof FileStore>();
  const fileStore = (...args: Parameters<typeof real.fileStore>) => {
    const store = real.fileStore(...args);
    return {
      ...store,
      open: async (name: string) => {
        calls.push('open');
        const file = await store.open(name);
        const datasync = () => {
          calls.push('datasync');
          return file.datasync();
        };
        const { size, read, write, sync, close } = file;
        const same = { size, read, write, sync, close };
        const bound = Object.entries(same).map(([key, value]) => [key, value.bind(file)]);
        return { ...Object.fromEntries(bound), datasync } as typeof file;
      },
      syncFolder: (folder: '' | 'quarantine') => {
        calls.push('syncFolder');
        return store.syncFolder(folder);
      },
    };
  };
  return { ...real, fileStore };
});

test('NODE-22: the folder is durable before its head is read and told', async () => {
  const root = temporaryFolder();
  const dir = join(root, 'session');
  const writer = await createSession(dir, IDENTITY);
  for (const event of marketEvents(30)) writer.wal.append(event);
  await writer.wal.flush();
  calls.length = 0;
  await publishAnchor(dir, join(root, 'anchor'));
  expect(calls).toEqual(['syncFolder', 'open', 'open', 'datasync']);
  await writer.seal();
});
