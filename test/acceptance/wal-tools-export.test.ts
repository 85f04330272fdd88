/** Exports by the command: read back by other readers, and without the optional packages. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loggedTables } from '../node/export/logged-tables.js';
import { readBack } from '../node/export/read-back.js';
import { capture, command, FIXTURE, json, ROOT, scratch, STRATEGY } from './lib/command.js';
import { writeRunConfig } from './lib/run-config.js';

const dir = scratch('wal-export');
const session = join(dir, 'session');
const run = join(session, 'runs', 'r');

beforeAll(() => {
  expect(capture(FIXTURE, session).code).toBe(0);
  const config = writeRunConfig(join(dir, 'config.json'));
  const paper = ['paper', '--session', session, '--strategy', STRATEGY, '--config', config];
  expect(command([...paper, '--out', run]).code).toBe(0);
}, 120_000);

describe('wal export', { timeout: 300_000 }, () => {
  test('NODE-23: a recorded session and its run, as Parquet, Arrow and CSV', async () => {
    for (const format of ['parquet', 'arrow', 'csv']) {
      for (const [name, folder] of Object.entries({ session, run })) {
        const out = join(dir, `${name}-${format}`);
        const { code, document } = json<{ tables: { type: string; rows: number }[] }>([
          'wal',
          'export',
          folder,
          '--format',
          format,
          '--out',
          out,
        ]);
        const logged = loggedTables(folder);
        expect([code, await readBack(out)]).toEqual([0, logged]);
        expect(document.tables.map(({ type, rows }) => [type, rows])).toEqual(
          Object.entries(logged).map(([type, { rows }]) => [type, rows]),
        );
      }
    }
    expect(readdirSync(join(dir, 'run-csv'))).toContain('Decision.csv');
  });

  test('without the optional packages the rest works, the error says what to install', () => {
    const bare = join(dir, 'bare');
    const modules = join(bare, 'node_modules');
    mkdirSync(modules, { recursive: true });
    cpSync(join(ROOT, 'dist'), join(bare, 'dist'), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(bare, 'package.json'));
    const pkg = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    for (const name of Object.keys(pkg.dependencies)) {
      mkdirSync(join(modules, name, '..'), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
    }
    const node = (...args: string[]) => {
      const env = { ...process.env, NO_COLOR: '1' };
      const { status, stdout, stderr } = spawnSync(process.execPath, args, {
        encoding: 'utf8',
        env,
      });
      return { code: status, out: stdout, err: stderr };
    };
    const main = join(bare, 'dist/cli/main.js');
    const packages = { parquet: 'hyparquet-writer', arrow: 'apache-arrow' };
    for (const [format, name] of Object.entries(packages)) {
      const out = join(dir, `no-${format}`);
      const { code, err } = node(main, 'wal', 'export', session, '--format', format, '--out', out);
      expect([code, err]).toEqual([2, expect.stringContaining('QL_PEER_MISSING')]);
      expect(err).toContain(`npm install ${name}`);
      expect(existsSync(out)).toBe(false);
    }
    const csv = ['wal', 'export', session, '--format', 'csv', '--out', join(dir, 'bare-csv')];
    expect(node(main, ...csv).code).toBe(0);
    for (const door of ['node', 'node/export']) {
      const load = `await import(${JSON.stringify(join(bare, 'dist', door, 'index.js'))})`;
      const { code, err } = node('--input-type=module', '--eval', load);
      expect([door, code, err]).toEqual([door, 0, '']);
    }
  });
});
