import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLocators, runtimeVersions, writeLocators } from 'quantlaxmi/node';
import { describe, expect, test } from 'vitest';
import { rejection, temporaryFolder } from './folders.js';

describe('locators', () => {
  test('NODE-7: reads what it wrote; absent is null', async () => {
    const dir = temporaryFolder();
    expect(await readLocators(dir)).toEqual({ session: null, strategyModule: null });
    await writeLocators(dir, { session: '/data/ses', strategyModule: null });
    expect(await readLocators(dir)).toEqual({ session: '/data/ses', strategyModule: null });
    await writeLocators(dir, { session: '/data/ses2', strategyModule: '/s.mjs' });
    expect(await readLocators(dir)).toEqual({ session: '/data/ses2', strategyModule: '/s.mjs' });
  });

  test.each([
    ['not JSON', 'hello'],
    ['another format', '{"fmt":"x"}'],
    ['a number for a path', '{"fmt":"quantlaxmi-locators/1","session":5}'],
    ['null', 'null'],
  ])('NODE-7: %s is refused', async (_, text) => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'locators.json'), text);
    expect(await rejection(readLocators(dir))).toBe('QL_LOCATORS');
  });

  test('NODE-7: links, folders and huge files are not read', async () => {
    const linked = temporaryFolder();
    symlinkSync('/etc/hostname', join(linked, 'locators.json'));
    expect(await rejection(readLocators(linked))).toBe('QL_FILE_READ');
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'locators.json'));
    expect(await rejection(readLocators(folder))).toBe('QL_FILE_READ');
    const huge = temporaryFolder();
    writeFileSync(join(huge, 'locators.json'), 'x'.repeat(70_000));
    expect(await rejection(readLocators(huge))).toBe('QL_FILE_SIZE');
  });
});

describe('runtime versions', () => {
  test('NODE-8: every field of the environment is filled in', async () => {
    const env = await runtimeVersions(temporaryFolder());
    expect(env.runtime).toBe(`node ${process.versions.node}`);
    for (const [name, value] of Object.entries(env)) expect(value, name).not.toBe('');
    expect(env.fs).not.toBe('unknown');
    expect((await runtimeVersions('/nowhere/at/all')).fs).toBe('unknown');
  });
});
