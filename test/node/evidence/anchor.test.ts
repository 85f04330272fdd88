import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventInput } from 'quantlaxmi/events';
import { anchorProblems } from 'quantlaxmi/manifest';
import {
  createSession,
  fileStore,
  nodeSha256,
  openSession,
  publishAnchor,
  readAnchor,
} from 'quantlaxmi/node';
import { verifyWal, type WalProblem } from 'quantlaxmi/wal';
import { describe, expect, test } from 'vitest';
import { rejection, temporaryFolder } from '../folders.js';
import { marketEvents } from '../market.js';
import { IDENTITY, record } from './recorded.js';

/** What a log's own files, and its manifest, have against it; then what an anchor has. */
const against = async (dir: string, place: string): Promise<readonly WalProblem[]> => {
  const anchor = await readAnchor(place);
  const wal = await verifyWal(fileStore(join(dir, 'wal')), {
    hasher: nodeSha256,
    headAt: anchor.lastSeq,
  });
  return [...wal.problems, ...anchorProblems(anchor, wal, place)];
};
const codes = async (dir: string, place: string): Promise<string[]> =>
  (await against(dir, place)).map(({ code }) => code);

/** The files alone accept it: log, manifest and their agreement. */
const holdsAlone = async (dir: string): Promise<boolean> =>
  (await (await openSession(dir)).verify()).ok;

/** The same session, recorded anew with events of the attacker's choice. */
const forge = async (dir: string, events: Iterable<EventInput>): Promise<void> => {
  rmSync(dir, { recursive: true });
  await record(dir, events);
};

function* oneTradeChanged(): Generator<EventInput> {
  let n = 0;
  for (const event of marketEvents(250)) {
    n += 1;
    yield event.t === 'Trade' && n > 50 && n < 55
      ? { ...event, body: { ...event.body, price: event.body.price + 1 } }
      : event;
  }
}

function* first(count: number): Generator<EventInput> {
  let n = 0;
  for (const event of marketEvents(250)) {
    if (n === count) return;
    n += 1;
    yield event;
  }
}

describe('an anchor in a file elsewhere', () => {
  test('NODE-22: a rewrite of log, hashes and manifest is found; the files accept it', async () => {
    const root = temporaryFolder();
    const dir = join(root, 'session');
    await record(dir);
    const place = join(root, 'anchor.txt');
    const anchor = await publishAnchor(dir, place);
    expect(anchor.lastSeq).toBe(252);
    expect(await codes(dir, place)).toEqual([]);
    await forge(dir, oneTradeChanged());
    expect(await holdsAlone(dir)).toBe(true);
    expect(await codes(dir, place)).toEqual(['WAL_ANCHOR']);
    // The control: the honest events again give the very same log.
    await forge(dir, marketEvents(250));
    expect(await codes(dir, place)).toEqual([]);
  });

  test.each([
    ['the last batches', 225],
    ['the last segment', 200],
    ['all but the first batch', 25],
  ])('NODE-22: a roll-back of %s is found; the files accept it', async (_, kept) => {
    const root = temporaryFolder();
    const dir = join(root, 'session');
    await record(dir);
    const place = join(root, 'anchor.txt');
    await publishAnchor(dir, place);
    await forge(dir, first(kept));
    expect(await holdsAlone(dir)).toBe(true);
    expect(await codes(dir, place)).toEqual(['WAL_ROLLBACK']);
  });

  test('NODE-22: another log in its place, and none, are found', async () => {
    const root = temporaryFolder();
    const dir = join(root, 'session');
    await record(dir);
    const place = join(root, 'anchor.txt');
    await publishAnchor(dir, place);
    rmSync(dir, { recursive: true });
    const writer = await createSession(dir, { ...IDENTITY, walId: 'f'.repeat(32) });
    for (const event of marketEvents(250)) writer.wal.append(event);
    await writer.seal();
    expect(await holdsAlone(dir)).toBe(true);
    expect(await codes(dir, place)).toEqual(['WAL_ANCHOR']);
    rmSync(join(dir, 'wal'), { recursive: true });
    const store = fileStore(temporaryFolder());
    const empty = await verifyWal(store, { hasher: nodeSha256, headAt: 252 });
    expect(empty.ok).toBe(true);
    const problems = anchorProblems(await readAnchor(place), empty, place);
    expect(problems.map(({ code }) => code)).toEqual(['WAL_ANCHOR']);
  });

  test('NODE-22: a log that grew is taken, anchored before, at or after rotation', async () => {
    const root = temporaryFolder();
    const dir = join(root, 'session');
    const writer = await createSession(dir, IDENTITY);
    const places: string[] = [];
    let n = 0;
    for (const event of marketEvents(250)) {
      writer.wal.append(event);
      n += 1;
      if (n % 25 !== 0) continue;
      await writer.wal.flush();
      places.push(join(root, `anchor-${n}.txt`));
      expect((await publishAnchor(dir, places.at(-1) as string)).lastSeq).toBe(n);
    }
    await writer.seal();
    places.push(join(root, 'anchor-end.txt'));
    await publishAnchor(dir, places.at(-1) as string);
    for (const place of places) expect([place, await codes(dir, place)]).toEqual([place, []]);
    expect(places).toHaveLength(11);
    // An early anchor binds what was there, not what came later; a later one binds that too.
    await forge(dir, first(150));
    const found = await Promise.all(places.map((place) => codes(dir, place)));
    expect(found.map((list) => list.join())).toEqual([
      ...Array<string>(6).fill(''),
      ...Array<string>(5).fill('WAL_ROLLBACK'),
    ]);
  });

  test('NODE-22: a seq within a batch is no place an anchor can have been made at', async () => {
    const root = temporaryFolder();
    const dir = join(root, 'session');
    await record(dir);
    const place = join(root, 'anchor.txt');
    const { origin, chainHead } = await publishAnchor(dir, place);
    writeFileSync(place, `${origin}\n40\n${chainHead}\n`);
    expect(await codes(dir, place)).toEqual(['WAL_ANCHOR']);
  });

  test('NODE-22: is refused beside the log, over another, and of a damaged log', async () => {
    const root = temporaryFolder();
    const dir = join(root, 'session');
    const session = await record(dir);
    expect(await rejection(publishAnchor(dir, join(dir, 'anchor.txt')))).toBe('QL_ANCHOR');
    expect(await rejection(publishAnchor(dir, join(dir, 'wal', 'a')))).toBe('QL_ANCHOR');
    const place = join(root, 'anchor.txt');
    await publishAnchor(dir, place);
    await publishAnchor(dir, place);
    await forge(dir, first(100));
    expect(await rejection(publishAnchor(dir, place))).toBe('QL_FILE_EXISTS');
    expect(await rejection(readAnchor(join(root, 'none')))).toBe('QL_ANCHOR');
    const segment = join(dir, 'wal', session.manifest.wal.segments[0]?.name ?? '');
    const bytes = readFileSync(segment);
    bytes[900] = (bytes[900] as number) ^ 1;
    rmSync(segment);
    writeFileSync(segment, bytes);
    expect(await rejection(publishAnchor(dir, join(root, 'b')))).toMatch(/^WAL_/);
  });
});

describe('an anchor in a git tag', () => {
  const repository = (): string => {
    const repo = temporaryFolder();
    execFileSync('git', ['init', '-q', '-b', 'main', repo]);
    for (const [name, value] of [
      ['user.name', 't'],
      ['user.email', 't@example.org'],
    ]) {
      execFileSync('git', ['-C', repo, 'config', name as string, value as string]);
    }
    return repo;
  };

  test('NODE-22: is an annotated tag, reads back, finds rewrite and roll-back', async () => {
    const root = temporaryFolder();
    const dir = join(root, 'session');
    await record(dir);
    const repo = repository();
    // Once in a repository without a commit, once with one.
    const empty = await publishAnchor(dir, `git:${repo}#sessions/empty`);
    execFileSync('git', ['-C', repo, 'commit', '-q', '--allow-empty', '-m', 'x']);
    const place = `git:${repo}#sessions/2024-08-09`;
    const anchor = await publishAnchor(dir, place);
    expect(await readAnchor(place)).toEqual(anchor);
    expect(await readAnchor(`git:${repo}#sessions/empty`)).toEqual(empty);
    const kind = execFileSync('git', ['-C', repo, 'cat-file', '-t', 'sessions/2024-08-09']);
    expect(String(kind).trim()).toBe('tag');
    expect(await codes(dir, place)).toEqual([]);
    await forge(dir, oneTradeChanged());
    expect(await codes(dir, place)).toEqual(['WAL_ANCHOR']);
    await forge(dir, first(100));
    expect(await codes(dir, place)).toEqual(['WAL_ROLLBACK']);
    expect(await rejection(publishAnchor(dir, place))).toBe('QL_ANCHOR');
  });

  test("NODE-22: runs no program that the repository's configuration names", async () => {
    const repo = repository();
    const ran = join(repo, 'ran');
    const program = join(repo, 'upload-pack.sh');
    writeFileSync(program, `#!/bin/sh\ntouch '${ran}'\nexit 1\n`);
    chmodSync(program, 0o755);
    for (const [name, value] of [
      ['core.repositoryformatversion', '1'],
      ['extensions.partialClone', 'origin'],
      ['remote.origin.url', `${repo}/.`],
      ['remote.origin.promisor', 'true'],
      ['remote.origin.uploadpack', program],
    ]) {
      execFileSync('git', ['-C', repo, 'config', name as string, value as string]);
    }
    mkdirSync(join(repo, '.git/refs/tags'), { recursive: true });
    writeFileSync(join(repo, '.git/refs/tags/t1'), `${'1234567890'.repeat(4)}\n`);
    expect(await rejection(readAnchor(`git:${repo}#t1`))).toBe('QL_ANCHOR');
    expect(existsSync(ran)).toBe(false);
    // Control: git itself does run it.
    spawnSync('git', ['-C', repo, 'cat-file', 'tag', 'refs/tags/t1']);
    expect(existsSync(ran)).toBe(true);
  });

  test('NODE-22: no repository, no tag, a light tag and odd names are refused', async () => {
    const dir = join(temporaryFolder(), 'session');
    await record(dir, first(30));
    const repo = repository();
    execFileSync('git', ['-C', repo, 'commit', '-q', '--allow-empty', '-m', 'x']);
    execFileSync('git', ['-C', repo, 'tag', 'light']);
    const bad = [
      ...[`git:${repo}#none`, `git:${repo}#light`, 'git:/nowhere#t', `git:${repo}`, 'git:#t'],
      ...[`git:${repo}#--force`, `git:${repo}#a..b`, `git:${repo}#a b`, `git:${repo}#x.lock`],
    ];
    for (const place of bad) {
      expect([place, await rejection(readAnchor(place))]).toEqual([place, 'QL_ANCHOR']);
    }
    for (const place of ['git:/nowhere#t', `git:${repo}#-d`, `git:${repo}#light`]) {
      expect([place, await rejection(publishAnchor(dir, place))]).toEqual([place, 'QL_ANCHOR']);
    }
  });
});
