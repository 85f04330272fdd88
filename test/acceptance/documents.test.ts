/** The `--json` documents hold the fields that docs/cli.md names, and say their version. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { BTC, capture, FIXTURE, json, ROOT, scratch, STRATEGY } from './lib/command.js';
import { commandHere } from './lib/in-process.js';
import { writeRunConfig } from './lib/run-config.js';

const dir = scratch('documents');
const session = join(dir, 'session');
const run = join(session, 'runs', 'r');
const page = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8');

type Document = Readonly<Record<string, unknown>>;

const rowOf = (fmt: string): string =>
  (page.split('\n').find((line) => line.startsWith(`| \`${fmt}\``)) ?? '').replace(
    `\`${fmt}\``,
    '',
  );

/** Field names that the page's row of a document lists, before any nested ones. */
const fieldsOf = (fmt: string): string[] => {
  const optional = ['divergence', 'problems', 'dump', 'runs', 'records', 'resumed', 'connected'];
  const names = [...rowOf(fmt).matchAll(/`([a-zA-Z0-9]+)(?:\[\])?(?::[^`]*)?`/g)];
  return names.map((match) => match[1] as string).filter((name) => !optional.includes(name));
};

/** Fields of the items of each list, by the list's name. */
const itemFieldsOf = (fmt: string): [string, string[]][] =>
  [...rowOf(fmt).matchAll(/`([a-zA-Z0-9]+)\[\]: \{ ([^{}]*) \}`/g)].map((match) => [
    match[1] as string,
    (match[2] as string).split(', '),
  ]);

const printed = async (args: readonly string[]): Promise<Document> =>
  JSON.parse((await commandHere([...args, '--json'])).out) as Document;

let captured: Document = {};
let made: Document = {};

beforeAll(() => {
  const config = writeRunConfig(join(dir, 'config.json'));
  captured = capture(FIXTURE, session).document as unknown as Document;
  const paper = ['paper', '--session', session, '--strategy', STRATEGY, '--config', config];
  made = json<Document>([...paper, '--out', run]).document;
}, 300_000);

test('each document has its fmt and the documented fields', { timeout: 300_000 }, () => {
  const documents: readonly (readonly [string, object])[] = [
    ['quantlaxmi-capture/1', captured],
    ['quantlaxmi-paper/1', made],
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

describe('log tools and evidence: exactly the documented fields', { timeout: 300_000 }, () => {
  const key = join(dir, 'key.pem');
  // In this order: a later one needs what an earlier one made.
  const lines: readonly (readonly [string, readonly string[]])[] = [
    ['wal-seal', ['wal', 'seal', session]],
    ['wal-salvage', ['wal', 'salvage', session, '--out', join(dir, 'salvaged')]],
    ['wal-export', ['wal', 'export', session, '--format', 'csv', '--out', join(dir, 'csv')]],
    ['evidence-keygen', ['evidence', 'keygen', '--out', key]],
    ['evidence-sign', ['evidence', 'sign', session, '--key', key, '--approver', 'desk head']],
    ['evidence-verify', ['evidence', 'verify', session, '--key', `${key}.pub`]],
    ['evidence-anchor', ['evidence', 'anchor', session, '--to', join(dir, 'anchor')]],
    ['wal-index', ['wal', 'index', session]],
    ['wal-compress', ['wal', 'compress', session]],
  ];

  test.each(lines)('%s', async (name, args) => {
    const fmt = `quantlaxmi-${name}/1`;
    const document = await printed(args);
    const optional = name === 'evidence-verify' ? ['problems'] : [];
    const documented = [...fieldsOf(fmt), ...optional, 'fmt'].sort();
    expect(documented.length).toBeGreaterThan(1);
    expect(document['fmt']).toBe(fmt);
    expect(Object.keys(document).sort()).toEqual(documented);
    for (const [list, fields] of itemFieldsOf(fmt)) {
      for (const item of document[list] as readonly object[]) {
        expect([list, Object.keys(item).sort()]).toEqual([list, fields.sort()]);
      }
    }
  });

  test('control: the page describes the items of these lists', () => {
    const fields = lines.flatMap(([name]) => itemFieldsOf(`quantlaxmi-${name}/1`));
    const names = fields.map(([list]) => list).sort();
    expect(names).toEqual(['gaps', 'indexes', 'problems', 'segments', 'signatures', 'tables']);
  });
});
