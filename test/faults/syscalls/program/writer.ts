/**
 * The process that faults are made for. It appends and tells what it was promised, a line each:
 * `O <seq>` open, `A <seq>` acknowledged as durable, `C` closed, `E <json>` failed, `P <json>` what
 * a failed writer answers afterwards, `U <text>` something nobody caught.
 */
import { readSync, writeSync } from 'node:fs';
import { nodeSha256 } from '../../../../src/node/sha256.js';
import { fileStore } from '../../../../src/node/wal-store/file-store.js';
import { openWalWriter, type WalWriter } from '../../../../src/wal/index.js';
import { batchAt } from './content.js';
import type { WriterSpec } from './spec.js';
import { wrongStore } from './wrong.js';

const spec = JSON.parse(process.argv[2] ?? '{}') as WriterSpec;
const say = (line: string): void => void writeSync(1, `${line}\n`);
process.on('unhandledRejection', (reason) => say(`U ${String(reason)}`));
process.on('uncaughtException', (error) => say(`U ${String(error)}`));

/** Waits for a byte, or the end, of standard input. */
function awaitInput(): void {
  try {
    readSync(0, new Uint8Array(1), 0, 1, null);
  } catch {
    // A closed input is an answer too.
  }
}

function failure(phase: string, error: unknown): string {
  const { code, message, cause } = error as { code?: string; message: string; cause?: unknown };
  const { code: posix, errno, syscall } = (cause ?? {}) as NodeJS.ErrnoException;
  return JSON.stringify({ phase, code, message, posix, errno, syscall });
}

/** A failed writer must go on refusing, with the same error. */
async function refusals(log: WalWriter): Promise<void> {
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
  await ask('durable', () => log.durable(log.appendedSeq));
  await ask('close', () => log.close());
  say(`P ${JSON.stringify(answers)}`);
}

async function main(): Promise<void> {
  const store = wrongStore(fileStore(spec.dir, { lockKind: spec.lockKind ?? 'flock' }), spec.wrong);
  if (spec.waitToOpen === true) {
    say('R');
    awaitInput();
  }
  let log: WalWriter | null = null;
  let phase = 'open';
  try {
    log = await openWalWriter(store, {
      walId: '0123456789abcdef0123456789abcdef',
      clock: { nowUs: () => 1_700_000_000_000_000 },
      hasher: nodeSha256,
      policy: { kind: 'always' },
      rotate: { bytes: 65_536, events: spec.rotateEvents },
    });
    say(`O ${log.durableSeq}`);
    phase = 'flush';
    for (let i = 0; spec.flushes === 0 || i < spec.flushes; i += 1) {
      log.appendBatch(batchAt(log.appendedSeq + 1));
      say(`A ${await log.flush()}`);
    }
    if (spec.hold === true) awaitInput();
    phase = 'close';
    await log.close();
    say('C');
  } catch (error) {
    say(`E ${failure(phase, error)}`);
    if (log !== null) await refusals(log);
  }
}

await main();
