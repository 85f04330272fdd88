/**
 * The process that loses its power. It appends and tells what it was promised, a line each:
 * `O <seq>` open and durable up to there, `A <seq>` durable, `R` a segment was sealed, `C` closed,
 * `E <json>` failed, `P <json>` what a failed writer answers afterwards.
 */
import { writeSync } from 'node:fs';
import { nodeSha256 } from '../../../../src/node/sha256.js';
import { fileStore } from '../../../../src/node/wal-store/file-store.js';
import { openWalWriter, type WalWriter } from '../../../../src/wal/index.js';
import { batchAt } from './content.js';
import type { WriterSpec } from './spec.js';
import { wrongStore } from './wrong.js';

const spec = JSON.parse(process.argv[2] ?? '{}') as WriterSpec;
const say = (line: string): void => void writeSync(1, `${line}\n`);

function failure(phase: string, error: unknown): string {
  const { code, message, cause } = error as { code?: string; message: string; cause?: unknown };
  const { code: posix, errno, syscall } = (cause ?? {}) as NodeJS.ErrnoException;
  return JSON.stringify({ phase, code, message, posix, errno, syscall });
}

/** A failed writer must go on refusing. */
async function refusals(log: WalWriter): Promise<Record<string, string>> {
  const answers: Record<string, string> = { state: log.state };
  const ask = async (name: string, call: () => unknown): Promise<void> => {
    try {
      await call();
      answers[name] = 'took it';
    } catch (error) {
      answers[name] = (error as { code?: string }).code ?? String(error);
    }
  };
  await ask('append', () => log.appendBatch(batchAt(log.appendedSeq + 1)));
  await ask('flush', () => log.flush());
  await ask('close', () => log.close());
  return answers;
}

async function write(log: WalWriter): Promise<void> {
  const { batches = 1, durableEvery = 0, flushes } = spec;
  for (let i = 1; flushes === 0 || i <= flushes; i += 1) {
    for (let k = 0; k < batches; k += 1) log.appendBatch(batchAt(log.appendedSeq + 1));
    const durable = await log.flush();
    if (durableEvery > 0 && i % durableEvery === 0) {
      await log.durable(log.appendedSeq);
      say(`A ${log.durableSeq}`);
    } else {
      say(`A ${durable}`);
    }
  }
}

async function main(): Promise<void> {
  const { dir, wrong, allowUnsafeFs = false, policy, rotateBytes, ballastBytes = 0 } = spec;
  const store = wrongStore(fileStore(dir, { allowUnsafeFs }), dir, wrong);
  let log: WalWriter | null = null;
  let phase = 'open';
  try {
    log = await openWalWriter(store, {
      walId: '0123456789abcdef0123456789abcdef',
      clock: { nowUs: () => 1_700_000_000_000_000 },
      hasher: nodeSha256,
      policy,
      rotate: { bytes: rotateBytes, events: 1_000_000 },
      ballastBytes,
    });
    log.on('rotate', () => say('R'));
    say(`O ${log.durableSeq}`);
    phase = 'flush';
    await write(log);
    phase = 'close';
    await log.close();
    say('C');
  } catch (error) {
    say(`E ${failure(phase, error)}`);
    if (log !== null) say(`P ${JSON.stringify(await refusals(log))}`);
  }
}

await main();
