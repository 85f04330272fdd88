import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileStore, salvageLog } from 'quantlaxmi/node';
import { describe, expect, test } from 'vitest';
import { writeLog } from '../wal/support.js';
import { rejection, temporaryFolder } from './folders.js';

describe('where a salvaged log may go', () => {
  test('a link that leads into the damaged log, or into its folder, is refused', async () => {
    const root = temporaryFolder();
    const dir = join(root, 'session');
    mkdirSync(join(dir, 'wal'), { recursive: true });
    await writeLog(fileStore(join(dir, 'wal')), [3]);
    const before = readdirSync(dir, { recursive: true }).sort();
    symlinkSync(dir, join(root, 'link'));
    symlinkSync(root, join(root, 'around'));
    for (const out of [
      join(root, 'link', 'salvaged'),
      join(root, 'link', 'deep', 'er'),
      join(root, 'around', 'session', 'salvaged'),
      join(dir, 'salvaged'),
    ]) {
      expect([out, await rejection(salvageLog(dir, { out }))]).toEqual([out, 'QL_BAD_INPUT']);
    }
    // Called by the link, what lies in the folder itself lies inside too.
    const linked = salvageLog(join(root, 'link'), { out: join(dir, 'salvaged') });
    expect(await rejection(linked)).toBe('QL_BAD_INPUT');
    expect(readdirSync(dir, { recursive: true }).sort()).toEqual(before);
    const beside = join(root, 'around', 'session-salvaged');
    expect((await salvageLog(dir, { out: beside })).events).toBe(3);
  });
});
