/** F28: a disk that can not be read is not a damaged log. */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultCase, FaultContext, FaultOutcome } from '../lib/case.js';
import { bundle } from './bundle.js';
import { checkLog } from './check.js';
import { tornBase } from './f05-recovery.js';
import { sitesOf } from './sweep.js';
import { Tally } from './tally.js';
import { parseTold, type Told } from './told.js';
import { readTrace, straceOf } from './trace.js';

const MODES = ['verify', 'read', 'tail', 'recover'] as const;
const READS = new Set(['read', 'pread64', 'preadv']);

type Mode = (typeof MODES)[number];

interface Bench {
  readonly reader: string;
  readonly base: string;
  /** A copy for each run; `recover` writes. */
  readonly dir: string;
}

function look({ reader, base, dir }: Bench, mode: Mode, under: readonly string[]): Told {
  rmSync(dir, { recursive: true, force: true });
  cpSync(base, dir, { recursive: true });
  return lookAt(reader, { dir, mode, under });
}

function lookAt(
  reader: string,
  {
    dir,
    mode,
    under,
  }: { readonly dir: string; readonly mode: Mode; readonly under: readonly string[] },
): Told {
  const line = [...under, process.execPath, reader, mode, dir];
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' };
  const { stdout, signal } = spawnSync(line[0] as string, line.slice(1), { encoding: 'utf8', env });
  return parseTold(stdout, signal);
}

/** Fails each read of the log's files in turn. */
function failReads(bench: Bench, mode: Mode, { scratch, scale }: FaultContext, tally: Tally) {
  const trace = join(scratch, 'reads.trace');
  look(bench, mode, straceOf(trace));
  const sites = sitesOf(readTrace(trace), bench.dir).filter(
    ({ syscall, text }) => READS.has(syscall) && text.includes('.wal.'),
  );
  for (const site of scale === 'full' ? sites : sites.slice(1, 2)) {
    const { syscall, index, paths } = site;
    const inject = [{ syscall, what: 'error=EIO', when: String(index) }];
    const told = look(bench, mode, straceOf(trace, { paths, inject }));
    const place = `${mode}, ${syscall} ${index}`;
    if (!readTrace(trace).some(({ injected }) => injected)) tally.fail(`${place}: was not hit`);
    tally.injected += 1;
    const { code = 'nothing', message = '' } = told.error ?? {};
    tally.count(code);
    if (code !== 'WAL_IO' || !message.includes('EIO (errno -5')) {
      tally.misclassify(`${place}: ${told.lines.join(' / ')}`);
    }
  }
}

/** A changed byte in the first segment must not be WAL_IO: the class tells the two apart. */
function damagedControl({ reader, base, dir }: Bench) {
  rmSync(dir, { recursive: true, force: true });
  cpSync(base, dir, { recursive: true });
  const file = join(dir, readdirSync(dir).find((name) => name.endsWith('.wal.jsonl')) as string);
  const bytes = readFileSync(file);
  bytes[600] = (bytes[600] as number) ^ 4;
  rmSync(file);
  writeFileSync(file, bytes);
  const codes = MODES.map((mode) => lookAt(reader, { dir, mode, under: [] }).error?.code ?? 'none');
  const name = 'a changed byte instead of a failed read';
  const caught = codes.every((code) => code !== 'none' && code !== 'WAL_IO');
  return { name, caught, detail: `seen as ${[...new Set(codes)].join(', ')}` };
}

async function run(context: FaultContext): Promise<FaultOutcome> {
  const { scratch, scale } = context;
  const program = await bundle(scratch);
  const reader = await bundle(scratch, 'reader');
  const base = await tornBase(program, scratch);
  const bench = { reader, base: base.dir, dir: join(scratch, 'work', 'log') };
  const tally = new Tally();
  const modes = scale === 'full' ? MODES : MODES.slice(0, 1);
  for (const mode of modes) failReads(bench, mode, context, tally);
  const { lost, problems } = await checkLog(bench.dir, base.acknowledged);
  tally.acknowledged = base.acknowledged;
  tally.lost += lost;
  for (const problem of problems) tally.fail(problem);
  tally.controls.push(damagedControl(bench));
  return tally.finish(`each read of ${modes.join(', ')} in turn`);
}

export const F28: FaultCase = {
  id: 'F28',
  title: 'Read errors',
  method: 'strace `inject=read,pread64:error=EIO:when=i` on the segments',
  expected: '`WAL_IO` with the errno, never a kind of damage; the log is as it was afterwards.',
  needs: ['linux', 'strace', 'flock'],
  injectedMin: 15,
  slice: true,
  run,
};
