import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadStrategy } from 'quantlaxmi/node';
import { describe, expect, test } from 'vitest';
import { rejection, temporaryFolder } from './folders.js';

const good = `export default {
  id: 'mine', version: '1', parseConfig: (raw) => raw, init: () => ({}), onEvent: () => null };
export const extra = 7;`;

const file = (name: string, text: string): { dir: string; path: string } => {
  const dir = temporaryFolder();
  const path = join(dir, name);
  writeFileSync(path, text);
  return { dir, path };
};

describe('loading a strategy', () => {
  test('NODE-6: by absolute path, relative path, plain path, URL and package name', async () => {
    const { dir, path } = file('s.mjs', good);
    mkdirSync(join(dir, 'node_modules', 'my-strategy'), { recursive: true });
    writeFileSync(join(dir, 'node_modules', 'my-strategy', 'index.mjs'), good);
    const meta = '{"name":"my-strategy","type":"module","exports":"./index.mjs"}';
    writeFileSync(join(dir, 'node_modules', 'my-strategy', 'package.json'), meta);
    for (const specifier of [path, './s.mjs', 's.mjs', pathToFileURL(path).href, 'my-strategy']) {
      const loaded = await loadStrategy(specifier, { cwd: dir });
      expect(loaded.strategy.id).toBe('mine');
      expect(loaded.exports['extra']).toBe(7);
      expect(loaded.path.startsWith(dir)).toBe(true);
    }
  });

  test.each([
    ['no default export', 'export const a = 1;', /default export lacks id, version/],
    ['a default of another kind', 'export default 5;', /lacks id/],
    ['a part missing', good.replace("id: 'mine',", ''), /lacks id \(string\); expected/],
    ['an empty id', good.replace("'mine'", "''"), /lacks id/],
    ['a part of another type', good.replace('() => null', '5'), /lacks onEvent \(function\)/],
    ['an error while loading', 'throw new Error("boom");', /boom; run it with node/],
    ['an import that is not there', 'import "not-installed-anywhere";', /every package/],
    ['a syntax error', 'export default {', /QL|strategy/],
  ])('NODE-6: %s is refused with advice', async (_, text, message) => {
    const { path } = file('s.mjs', text);
    expect(await rejection(loadStrategy(path))).toBe('QL_STRATEGY_LOAD');
    await expect(loadStrategy(path)).rejects.toThrow(message);
  });

  test('NODE-6: a file that is not there is refused with advice', async () => {
    const path = join(temporaryFolder(), 'gone.mjs');
    await expect(loadStrategy(path)).rejects.toThrow(/no file .*gone\.mjs; check the path/);
    expect(await rejection(loadStrategy('no-such-package-at-all'))).toBe('QL_STRATEGY_LOAD');
  });

  test('NODE-6: TypeScript on a Node that cannot read it says what to do', () => {
    const { dir } = file('s.ts', good);
    const script = `
      const { register } = await import('tsx/esm/api');
      const unregister = register();
      const { loadStrategy } = await import('${process.cwd()}/src/node/index.ts');
      await unregister();
      await loadStrategy('${dir}/s.ts').then(() => console.log('loaded'), (e) => console.log(e.code, e.message));`;
    const child = spawnSync('node', ['--input-type=module', '-e', script], { encoding: 'utf8' });
    // Node 22.18 and later read TypeScript themselves.
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const reads = major > 22 || (major === 22 && minor >= 18);
    expect(child.stdout).toMatch(reads ? /loaded/ : /QL_STRATEGY_LOAD.*--import tsx/s);
  });
});
