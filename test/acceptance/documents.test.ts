/** The `--json` documents hold the fields that docs/cli.md names, and say their version. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BTC, capture, FIXTURE, json, ROOT, scratch, STRATEGY } from './lib/command.js';
import { writeRunConfig } from './lib/run-config.js';

const dir = scratch('documents');
const session = join(dir, 'session');
const run = join(session, 'runs', 'r');
const page = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8');

/** Field names that the page's row of a document lists, before any nested ones. */
const fieldsOf = (fmt: string): string[] => {
  const row = page.split('\n').find((line) => line.startsWith(`| \`${fmt}\``)) ?? '';
  const optional = ['divergence', 'problems', 'dump', 'runs'];
  const names = [
    ...row.replace(`\`${fmt}\``, '').matchAll(/`([a-zA-Z0-9]+)(?:\[\])?(?::[^`]*)?`/g),
  ];
  return names.map((match) => match[1] as string).filter((name) => !optional.includes(name));
};

test('each document has its fmt and the documented fields', { timeout: 300_000 }, () => {
  const config = writeRunConfig(join(dir, 'config.json'));
  const captured = capture(FIXTURE, session);
  const paper = ['paper', '--session', session, '--strategy', STRATEGY, '--config', config];
  const documents: readonly (readonly [string, object])[] = [
    ['quantlaxmi-capture/1', captured.document],
    ['quantlaxmi-paper/1', json<object>([...paper, '--out', run]).document],
    ['quantlaxmi-replay/1', json<object>(['replay', run]).document],
    ['quantlaxmi-gates/1', json<object>(['gates', run, '--only', 'G0']).document],
    ['quantlaxmi-book/1', json<object>(['book', session, '--instrument', BTC]).document],
  ];
  for (const [fmt, document] of documents) {
    const fields = fieldsOf(fmt);
    expect([fmt, fields.length > 3]).toEqual([fmt, true]);
    expect(document).toMatchObject({ fmt });
    expect([fmt, fields.filter((name) => !(name in document))]).toEqual([fmt, []]);
  }
  const verify = json<object>(['wal', 'verify', session]).document;
  expect(verify).toMatchObject({ fmt: 'quantlaxmi-wal-verify/1', ok: true });
  expect(json<object>(['wal', 'stat', session]).document).toMatchObject({
    fmt: 'quantlaxmi-wal-stat/1',
  });
});
