import { appendFileSync, copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { canonicalIntegerJson } from 'quantlaxmi/core';
import { encodeManifest, parseSessionManifest } from 'quantlaxmi/manifest';
import { createSession, openRawRecorder, openSession, type Session } from 'quantlaxmi/node';
import { encodeRawLine, parseRawLine, RAW_FORMAT, type RawRecord } from 'quantlaxmi/venues/feed';
import { expect, test } from 'vitest';
import { bindRaw, emptyRaw } from '../../../src/node/raw/bind.js';
import { rejection, temporaryFolder } from '../folders.js';

const head = { fmt: RAW_FORMAT, sessionId: 'ses-1', settings: { n: 1 }, venue: 'test' };
const clock = { nowUs: () => 1_000 };
const options = { head, clock, sync: false };

const frame = (rx: number, text: string): RawRecord => ({
  ...{ kind: 'frame', rx, conn: 1, binary: false, bytes: new TextEncoder().encode(text) },
});

/** Lines of a part as far as they can be inflated, whole ones only. */
function linesOf(path: string): string[] {
  const text = gunzipSync(readFileSync(path), { finishFlush: 2 }).toString('utf8');
  return text.split('\n').slice(0, -1);
}

test('NODE-29: what was flushed can be read whatever becomes of its writer', async () => {
  const dir = join(temporaryFolder(), 'raw');
  const recorder = await openRawRecorder(dir, options);
  const records: RawRecord[] = [];
  const copies: string[] = [];
  for (let flush = 1; flush <= 20; flush += 1) {
    const some = Array.from({ length: flush }, (_, i) => frame(flush * 100 + i, `{"n":${i}}`));
    recorder.write(some);
    records.push(...some);
    await recorder.flush();
    // A killed process leaves the file as it is now.
    const copy = join(dir, `killed-${flush}`);
    copyFileSync(join(dir, '000001.rec.gz'), copy);
    copies.push(copy);
    const lines = linesOf(copy);
    expect(lines).toHaveLength(1 + records.length);
    expect(lines.slice(1)).toEqual(
      records.map((one) => Buffer.from(encodeRawLine(one)).toString()),
    );
  }
  recorder.write([frame(9_999, 'never flushed')]);
  await recorder.abandon();
  expect(linesOf(join(dir, '000001.rec.gz'))).toEqual(linesOf(copies.at(-1) as string));
});

test('NODE-29: cut at any byte, a part gives the whole lines before the cut', async () => {
  const dir = join(temporaryFolder(), 'raw');
  const recorder = await openRawRecorder(dir, options);
  for (let i = 0; i < 6; i += 1) {
    recorder.write([frame(2_000 + i, `{"text":"${'abc'.repeat(i)}"}`)]);
    await recorder.flush();
  }
  await recorder.close();
  const path = join(dir, '000001.rec.gz');
  const bytes = readFileSync(path);
  const whole = linesOf(path);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: bytes.length }), async (cut) => {
      writeFileSync(path, bytes.subarray(0, cut));
      const [part] = (await bindRaw(join(dir, '..'), emptyRaw())).parts;
      expect(part).toMatchObject({
        bytes: cut,
        name: '000001.rec.gz',
        whole: cut === bytes.length,
      });
      expect(part?.lines).toBeLessThanOrEqual(whole.length);
      if (cut === bytes.length) expect(part?.lines).toBe(whole.length);
      const last = whole[(part?.lines ?? 0) - 1];
      expect(part?.rx1 ?? undefined).toBe(
        last === undefined ? undefined : Number.parseInt(last, 10),
      );
    }),
    { seed: 7, numRuns: 60 },
  );
});

test('NODE-29: each process and each size starts a part with its head', async () => {
  const dir = join(temporaryFolder(), 'raw');
  for (let process = 0; process < 3; process += 1) {
    const recorder = await openRawRecorder(dir, { ...options, partBytes: 2_000 });
    for (let i = 0; i < 40; i += 1) {
      const noise = Array.from({ length: 60 }, (_, k) => Math.imul(i * 61 + k, 0x9e3779b1) >>> 0);
      recorder.write([frame(3_000 + i, noise.join(' '))]);
      await recorder.flush();
    }
    await (process === 1 ? recorder.abandon() : recorder.close());
  }
  const names = readdirSync(dir).sort();
  expect(names.length).toBeGreaterThan(6);
  expect(names).toEqual(names.map((_, i) => `${String(i + 1).padStart(6, '0')}.rec.gz`));
  let frames = 0;
  for (const name of names) {
    const lines = linesOf(join(dir, name)).map((line) => Buffer.from(line));
    const kinds = lines.map((line) => parseRawLine(line, 0, line.length)?.kind);
    expect(kinds[0]).toBe('head');
    expect(kinds.slice(1).every((kind) => kind === 'frame')).toBe(true);
    frames += kinds.length - 1;
  }
  expect(frames).toBe(120);
});

test('NODE-29: a part that cannot be made or written says so and takes nothing more', async () => {
  const root = temporaryFolder();
  writeFileSync(join(root, 'raw'), 'a file');
  expect(await rejection(openRawRecorder(join(root, 'raw'), options))).not.toBe('resolved');
  const dir = join(root, 'other');
  const recorder = await openRawRecorder(dir, options);
  await recorder.abandon();
  recorder.write([frame(1, 'x')]);
  expect(await rejection(recorder.flush())).toBe('QL_FILE_WRITE');
  expect(await rejection(recorder.flush())).toBe('QL_FILE_WRITE');
});

async function recorded(raw: boolean): Promise<Session> {
  const dir = join(temporaryFolder(), 'session');
  const writer = await createSession(dir, {
    capture: { feed: { name: 'test', version: '1' } },
    policy: { kind: 'os' },
    raw,
  });
  const body = { code: '', details: {}, inst: null, kind: 'start' } as const;
  writer.wal.append({ t: 'Session', sv: 1, rx: 1_000, ts: null, src: 'TEST', body });
  if (raw) {
    const recorder = await openRawRecorder(join(dir, 'raw'), options);
    recorder.write([frame(2_000, 'a'), frame(2_001, 'b')]);
    await recorder.close();
  }
  return await writer.seal();
}

test('NODE-30: a sealed session binds its raw record; verify names a changed part', async () => {
  const session = await recorded(true);
  const [part] = session.manifest.raw?.parts ?? [];
  const { sha256 } = part ?? {};
  expect(part).toEqual({
    ...{ bytes: part?.bytes, lines: 3, name: '000001.rec.gz', rx0: 1_000, rx1: 2_001, sha256 },
    whole: true,
  });
  expect(await session.verify()).toMatchObject({ ok: true, differences: [] });
  const path = join(session.dir, 'raw', '000001.rec.gz');
  const bytes = readFileSync(path);
  const found = async (): Promise<string[]> => {
    const { ok, differences } = await (await openSession(session.dir)).verify();
    expect(ok).toBe(false);
    return differences.map((one) => one.path);
  };
  for (let at = 0; at < bytes.length; at += 17) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] as number) ^ 1;
    writeFileSync(path, changed);
    expect(await found()).toEqual(['raw.parts[0].sha256']);
  }
  writeFileSync(path, bytes);
  truncateSync(path, bytes.length - 1);
  expect(await found()).toEqual(['raw.parts[0].bytes', 'raw.parts[0].sha256']);
  rmSync(path);
  expect(await found()).toEqual(['raw.parts[0]']);
  writeFileSync(path, bytes);
  expect((await session.verify()).ok).toBe(true);
  writeFileSync(join(session.dir, 'raw', '000002.rec.gz'), bytes);
  expect(await found()).toEqual(['raw.parts[1]']);
  rmSync(join(session.dir, 'raw', '000002.rec.gz'));
  mkdirSync(join(session.dir, 'raw', 'notes'));
  appendFileSync(join(session.dir, 'raw', 'notes', 'x'), 'not a part');
  expect((await session.verify()).ok).toBe(true);
});

test('MANIFEST-14: a manifest has the key of a raw record only with one', async () => {
  const without = (await recorded(false)).manifest;
  expect(Object.keys(without)).not.toContain('raw');
  expect(canonicalIntegerJson(without)).not.toContain('"raw"');
  const withOne = (await recorded(true)).manifest;
  expect(parseSessionManifest(encodeManifest(withOne))).toEqual(withOne);
  // The control: a key that nobody knows is refused.
  const more = { ...withOne, raw: { ...withOne.raw, extra: 1 } };
  expect(() => parseSessionManifest(encodeManifest(more as typeof withOne))).toThrow();
});
