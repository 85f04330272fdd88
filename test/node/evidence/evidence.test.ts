import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { toBase64 } from 'quantlaxmi/core';
import {
  encodeEnvelope,
  encodeStatement,
  type EvidenceStatement,
  parseEnvelope,
  preAuthEncoding,
  STATEMENT_PAYLOAD_TYPE,
} from 'quantlaxmi/manifest';
import { cosignEvidence, openRun, signEvidence, verifyEvidence } from 'quantlaxmi/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rejection } from '../folders.js';
import { change, filesOf, keyPair, paperRun, record } from './recorded.js';

const root = mkdtempSync(join(tmpdir(), 'quantlaxmi-evidence-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const original = join(root, 'session');
let runId = '';
let a: Awaited<ReturnType<typeof keyPair>>;
let b: Awaited<ReturnType<typeof keyPair>>;

beforeAll(async () => {
  a = await keyPair(root, 'a.pem');
  b = await keyPair(root, 'b.pem');
  const session = await record(original);
  expect(session.manifest.wal.segments.length).toBeGreaterThan(2);
  const dir = await paperRun(session);
  runId = basename(dir);
  mkdirSync(join(dir, 'reports'));
  const report = '{"id":"G0","verdict":"pass"}';
  writeFileSync(join(dir, 'reports', 'g0.json'), report);
  const { createHash } = await import('node:crypto');
  const reportSha256 = createHash('sha256').update(report).digest('hex');
  const gate = { gateId: 'G0', reportPath: 'reports/g0.json', verdict: 'pass', version: '1' };
  await (await openRun(dir)).bindGates([{ ...gate, verdict: 'pass', reportSha256 }]);
  await signEvidence(original, { key: a.key, approver: 'recorder' });
  await signEvidence(dir, { key: a.key, approver: 'desk head', gates: ['G0'] });
});

let copies = 0;
/** A copy of the signed session with its run. */
const copy = (): { session: string; run: string } => {
  copies += 1;
  const session = join(root, `copy-${copies}`);
  cpSync(original, session, { recursive: true });
  return { session, run: join(session, 'runs', runId) };
};

const keys = () => [a.verifier];

/** A statement signed with key `a`, as a file. */
const signed = (statement: EvidenceStatement): Uint8Array => {
  const payload = encodeStatement(statement);
  const sig = toBase64(a.key.sign(preAuthEncoding(STATEMENT_PAYLOAD_TYPE, payload)));
  const signatures = [{ keyid: a.key.keyId, sig }];
  const payloadType = STATEMENT_PAYLOAD_TYPE;
  return encodeEnvelope({ payload: toBase64(payload), payloadType, signatures });
};

describe('signed evidence', () => {
  test('NODE-21: holds as it was signed, and says what was signed', async () => {
    const { session, run } = copy();
    const found = await verifyEvidence(run, { keys: keys() });
    expect(found.problems).toEqual([]);
    expect(found).toMatchObject({ ok: true, keyIds: [a.key.keyId] });
    expect(found.statement?.predicate).toMatchObject({
      approver: 'desk head',
      kind: 'run',
      policy: { gates: ['G0'] },
    });
    expect(found.subjects).toBe(found.statement?.subject.length);
    const about = await verifyEvidence(session, { keys: keys() });
    expect([about.ok, about.statement?.predicate.kind]).toEqual([true, 'session']);
  });

  test('NODE-21: any byte of any signed file, changed, is found and the file named', async () => {
    const { session, run } = copy();
    const inRun = new Set(['run_manifest.json', 'run_manifest.json.dsse.json']);
    let changed = 0;
    for (const file of filesOf(session)) {
      const isLog = file.endsWith('.wal.jsonl');
      const name = basename(file);
      if (!isLog && !/manifest|instruments|g0\.json/.test(name)) continue;
      if (name === 'session_manifest.json.dsse.json') continue;
      const size = readFileSync(join(session, file)).length;
      for (const at of new Set([0, 1, size >> 1, size - 2, size - 1])) {
        const undo = change(join(session, file), (bytes) => {
          bytes[at] = (bytes[at] as number) ^ 1;
          return bytes;
        });
        const { ok, problems } = await verifyEvidence(run, { keys: keys() });
        undo();
        expect([file, at, ok]).toEqual([file, at, false]);
        const place = `${problems[0]?.file} ${problems[0]?.message}`;
        expect(place).toContain(inRun.has(name) ? name : basename(file));
        changed += 1;
      }
    }
    expect(changed).toBeGreaterThan(30);
    // The control: undone, everything holds again.
    expect((await verifyEvidence(run, { keys: keys() })).ok).toBe(true);
  });

  test('NODE-21: a run that lies alone finds its session, and takes no other', async () => {
    const { session, run } = copy();
    const alone = join(root, 'alone');
    cpSync(run, alone, { recursive: true });
    expect(await verifyEvidence(alone, { keys: keys() })).toMatchObject({
      ok: true,
      session: original,
    });
    change(join(session, 'session_manifest.json'), (bytes) => bytes.subarray(1));
    expect((await verifyEvidence(alone, { keys: keys(), session })).ok).toBe(false);
    // The locator still leads to the intact original; the session around the run counts.
    expect((await verifyEvidence(run, { keys: keys() })).ok).toBe(false);
  });

  test('NODE-21: every byte of the envelope matters, its hint included', async () => {
    const { session } = copy();
    const path = join(session, 'session_manifest.json.dsse.json');
    const size = readFileSync(path).length;
    const codes = new Map<string, number>();
    // Beginning, end with signature and hint, and steps through the payload.
    for (let at = 0; at < size; at += at < 40 || at > size - 260 ? 1 : 37) {
      const undo = change(path, (bytes) => {
        bytes[at] = (bytes[at] as number) ^ 1;
        return bytes;
      });
      const { ok, problems } = await verifyEvidence(session, { keys: keys() });
      undo();
      expect([at, ok]).toEqual([at, false]);
      const code = problems[0]?.code ?? '';
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect([...codes.keys()].sort()).toEqual(['QL_EVIDENCE_ENVELOPE', 'QL_EVIDENCE_SIGNATURE']);
  });

  test('NODE-21: files removed, added, moved or led elsewhere are found', async () => {
    const edits: readonly [string, string, (dir: string, wal: string) => void][] = [
      ['a segment', 'wal', (_, wal) => unlinkSync(wal)],
      ['the universe', 'instruments.json', (dir) => unlinkSync(join(dir, 'instruments.json'))],
      [
        'one more segment',
        '00000009-',
        (_, wal) => cpSync(wal, wal.replace('00000001-', '00000009-')),
      ],
      [
        'a link in place of a segment',
        'wal',
        (dir, wal) => {
          renameSync(wal, join(dir, 'elsewhere'));
          symlinkSync(join(dir, 'elsewhere'), wal);
        },
      ],
      [
        'a link in place of the log',
        'wal',
        (dir) => {
          renameSync(join(dir, 'wal'), `${dir}-wal`);
          symlinkSync(`${dir}-wal`, join(dir, 'wal'));
        },
      ],
    ];
    for (const [what, names, edit] of edits) {
      const { session, run } = copy();
      const first = filesOf(join(session, 'wal'))[0] as string;
      edit(session, join(session, 'wal', first));
      const { ok, problems } = await verifyEvidence(run, { keys: keys() });
      expect([what, ok]).toEqual([what, false]);
      expect(problems.map(({ file }) => file).join(' ')).toContain(names);
    }
  });

  test('NODE-21: an unsigned folder, and one that is no run, are told apart', async () => {
    const { session, run } = copy();
    unlinkSync(join(run, 'run_manifest.json.dsse.json'));
    const { ok, problems } = await verifyEvidence(run, { keys: keys() });
    expect([ok, problems[0]?.code]).toEqual([false, 'QL_EVIDENCE_ENVELOPE']);
    const none = verifyEvidence(join(session, 'wal'), { keys: keys() });
    expect(await rejection(none)).toBe('QL_FILE_READ');
  });

  test('NODE-21: a signer who states what the manifest does not is found out', async () => {
    const { run } = copy();
    const path = join(run, 'run_manifest.json.dsse.json');
    const { statement } = await verifyEvidence(run, { keys: keys() });
    if (statement === null) throw new Error('not signed');
    const { predicate, subject } = statement;
    const lies = [
      { ...statement, predicate: { ...predicate, traceHash: 'f'.repeat(64) } },
      { ...statement, predicate: { ...predicate, codeHash: 'f'.repeat(64) } },
      { ...statement, subject: subject.slice(1) },
      { ...statement, predicate: { ...predicate, gates: [], policy: { gates: [] } } },
    ];
    for (const lie of lies) {
      writeFileSync(path, signed(lie));
      const found = await verifyEvidence(run, { keys: keys() });
      expect(found.ok).toBe(false);
      expect(found.problems[0]?.code).toMatch(/^QL_EVIDENCE_(STATEMENT|SUBJECT)$/);
    }
  });

  test('NODE-21: what can not be read is a fault, never thrown, wherever it is', async () => {
    const { run } = copy();
    const { statement } = await verifyEvidence(run, { keys: keys() });
    if (statement === null) throw new Error('not signed');
    const noSession = await verifyEvidence(run, { keys: keys(), session: join(root, 'gone') });
    expect([noSession.ok, noSession.problems[0]?.code]).toEqual([false, 'QL_FILE_READ']);

    // A signer who names the run's files only: nothing of the session is looked at before.
    const alone = join(root, 'alone-unlocated');
    cpSync(run, alone, { recursive: true });
    unlinkSync(join(alone, 'locators.json'));
    const subject = statement.subject.filter(({ name }) => name.startsWith('run/'));
    const path = join(alone, 'run_manifest.json.dsse.json');
    writeFileSync(path, signed({ ...statement, subject }));
    // From a session's own folder that session must not be taken for the one that is missing.
    const back = process.cwd();
    process.chdir(original);
    const found = await verifyEvidence(alone, { keys: keys() }).finally(() => process.chdir(back));
    expect([found.ok, found.session]).toEqual([false, null]);
    expect(found.problems).toMatchObject([
      { code: 'QL_EVIDENCE_SUBJECT', file: 'run_manifest.json' },
    ]);

    // A session folder without a manifest, and a run manifest that is none but was signed.
    const empty = await verifyEvidence(alone, { keys: keys(), session: root });
    expect(empty.problems).toMatchObject([{ code: 'QL_FILE_READ' }]);
    writeFileSync(join(alone, 'run_manifest.json'), '{}');
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256').update('{}').digest('hex');
    const none = { name: 'run/run_manifest.json', digest: { sha256 } };
    writeFileSync(path, signed({ ...statement, subject: [none] }));
    const garbage = await verifyEvidence(alone, { keys: keys(), session: original });
    expect(garbage.problems).toMatchObject([{ code: expect.stringMatching(/^QL_MANIFEST_/) }]);
  });

  test('NODE-21: an envelope in the other alphabet of base64 is a changed one', async () => {
    const { session } = copy();
    const path = join(session, 'session_manifest.json.dsse.json');
    const { statement } = await verifyEvidence(session, { keys: keys() });
    if (statement === null) throw new Error('not signed');
    let swapped = 0;
    for (let i = 0; i < 8; i += 1) {
      const predicate = { ...statement.predicate, approver: `recorder ${i}` };
      const text = Buffer.from(signed({ ...statement, predicate })).toString('utf8');
      const sig = parseEnvelope(Buffer.from(text)).signatures[0]?.sig ?? '';
      const changed = text.replace(sig, sig.replaceAll('+', '-').replaceAll('/', '_'));
      if (changed === text) continue;
      writeFileSync(path, text);
      expect((await verifyEvidence(session, { keys: keys() })).ok).toBe(true);
      writeFileSync(path, changed);
      const { ok, problems } = await verifyEvidence(session, { keys: keys() });
      expect([ok, problems[0]?.code]).toEqual([false, 'QL_EVIDENCE_ENVELOPE']);
      swapped += 1;
    }
    expect(swapped).toBeGreaterThan(0);
  });
});

describe('keys and thresholds', () => {
  test('NODE-21: another key is refused, and one of several is enough', async () => {
    const { run } = copy();
    const other = await verifyEvidence(run, { keys: [b.verifier] });
    expect([other.ok, other.problems[0]?.code, other.statement]).toEqual([
      false,
      'QL_EVIDENCE_SIGNATURE',
      null,
    ]);
    expect((await verifyEvidence(run, { keys: [b.verifier, a.verifier] })).ok).toBe(true);
  });

  test('NODE-21: two of two need both, and a second approver signs the same bytes', async () => {
    const { run } = copy();
    const both = { keys: [a.verifier, b.verifier], threshold: 2 };
    expect((await verifyEvidence(run, both)).ok).toBe(false);
    await cosignEvidence(run, { key: b.key });
    expect(await verifyEvidence(run, both)).toMatchObject({ ok: true });
    expect(await rejection(verifyEvidence(run, { ...both, threshold: 3 }))).toBe('QL_BAD_INPUT');
    // Signing once more adds nothing.
    const path = join(run, 'run_manifest.json.dsse.json');
    const before = readFileSync(path);
    await cosignEvidence(run, { key: b.key });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(parseEnvelope(before).signatures).toHaveLength(2);
    // A signature whose key is not given is no reason to refuse, but it is not counted.
    const one = await verifyEvidence(run, { keys: [b.verifier] });
    expect([one.ok, one.signatures.map(({ keyId }) => keyId)]).toEqual([true, [null, b.key.keyId]]);
  });

  test('NODE-21: a broken second signature is named, even where one is enough', async () => {
    const { run } = copy();
    await cosignEvidence(run, { key: b.key });
    const path = join(run, 'run_manifest.json.dsse.json');
    const { signatures, ...rest } = parseEnvelope(readFileSync(path));
    const [first, second] = signatures;
    if (first === undefined || second === undefined) throw new Error('two signatures expected');
    const broken = { ...second, sig: first.sig };
    writeFileSync(path, encodeEnvelope({ ...rest, signatures: [first, broken] }));
    const found = await verifyEvidence(run, { keys: [a.verifier, b.verifier] });
    expect(found.ok).toBe(false);
    expect(found.problems[0]?.file).toContain('signatures.1');
  });

  test('NODE-21: the second approver does not sign files that have changed', async () => {
    const { session, run } = copy();
    change(join(session, 'instruments.json'), (bytes) => Buffer.concat([bytes, bytes]));
    expect(await rejection(cosignEvidence(run, { key: b.key }))).not.toBe('resolved');
    expect(parseEnvelope(readFileSync(join(run, 'run_manifest.json.dsse.json')))).toMatchObject({
      signatures: [{ keyid: a.key.keyId }],
    });
  });
});

describe('signing', () => {
  test('NODE-21: is written once: the same again is no error, another one is', async () => {
    const { run } = copy();
    const options = { key: a.key, approver: 'desk head', gates: ['G0'] };
    await signEvidence(run, options);
    const other = signEvidence(run, { ...options, approver: 'somebody else' });
    expect(await rejection(other)).toBe('QL_FILE_EXISTS');
    expect(await rejection(signEvidence(run, { ...options, key: b.key }))).toBe('QL_FILE_EXISTS');
  });

  test('NODE-21: refuses what does not hold: log, report, policy', async () => {
    const options = { key: a.key, approver: 'desk head' };
    const damaged = copy();
    rmSync(join(damaged.run, 'run_manifest.json.dsse.json'));
    const log = filesOf(join(damaged.run, 'decisions'))[0] as string;
    change(join(damaged.run, 'decisions', log), (bytes) => {
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 4;
      return bytes;
    });
    expect(await rejection(signEvidence(damaged.run, options))).toBe('WAL_CORRUPT');
    const report = copy();
    rmSync(join(report.run, 'run_manifest.json.dsse.json'));
    writeFileSync(join(report.run, 'reports', 'g0.json'), '{}');
    expect(await rejection(signEvidence(report.run, options))).toBe('QL_MANIFEST_HASH');
    const policy = copy();
    rmSync(join(policy.run, 'run_manifest.json.dsse.json'));
    const unmet = signEvidence(policy.run, { ...options, gates: ['G0', 'G4'] });
    expect(await rejection(unmet)).toBe('QL_EVIDENCE_STATEMENT');
    expect(existsSync(join(policy.run, 'run_manifest.json.dsse.json'))).toBe(false);
  });

  test('NODE-21: a gate bound after signing undoes the signature, in plain words', async () => {
    const { run } = copy();
    const opened = await openRun(run);
    await opened.bindGates(
      opened.manifest.gates.map((gate) => ({ ...gate, gateId: 'G1', verdict: 'fail' as const })),
    );
    const { ok, problems } = await verifyEvidence(run, { keys: keys() });
    expect([ok, problems[0]?.file]).toEqual([false, 'run/run_manifest.json']);
  });
});
