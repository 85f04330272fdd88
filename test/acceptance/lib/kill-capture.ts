/** Captures in a child process, kills it at a random time, and looks at what is left. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createRng } from '../../../src/core/index.js';
import { fileStore, nodeSha256, resumeSession } from '../../../src/node/index.js';
import { readWal, verifyWal } from '../../../src/wal/index.js';
import { EXCHANGE_INFO, FIXTURE, MAIN } from './command.js';

/** What one round found. */
export interface KillRound {
  /** Last `seq` the capture had said to be durable before it died. */
  readonly acknowledged: number;
  /** Last `seq` after reopening. */
  readonly recovered: number;
  /** True when the capture was done before the kill. */
  readonly finished: boolean;
  /** Codes of problems of the reopened log. */
  readonly problems: readonly string[];
}

const untilExit = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('close', () => resolve());
  });

/**
 * One round: the kill comes a random while after a random acknowledgement, so that it falls on
 * every part of a capture and not on its start-up alone.
 */
export const killCapture = async (dir: string, round: number): Promise<KillRound> => {
  const rng = createRng(0x6b696c6cn, BigInt(round));
  const out = join(dir, `kill-${round}`);
  const input = ['--market', 'usdm', '--from', FIXTURE, '--exchange-info', EXCHANGE_INFO];
  const child = spawn(
    process.execPath,
    [MAIN, 'capture', 'binance', ...input, '--out', out, '--ack'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const killAt = 1 + rng.below(8);
  const delayMs = rng.below(6);
  let acknowledged = 0;
  let seen = 0;
  let text = '';
  let finished = false;
  child.stdout.on('data', () => {
    finished = true;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    for (let feed = text.indexOf('\n'); feed >= 0; feed = text.indexOf('\n')) {
      const seq = /^A (\d+)$/.exec(text.slice(0, feed))?.[1];
      text = text.slice(feed + 1);
      if (seq === undefined) continue;
      acknowledged = Number(seq);
      seen += 1;
      if (seen === killAt) setTimeout(() => child.kill('SIGKILL'), delayMs);
    }
  });
  await untilExit(child);
  if (finished) return { acknowledged, recovered: acknowledged, finished, problems: [] };
  const session = await resumeSession(out, { policy: { kind: 'always' } });
  await session.seal();
  const store = fileStore(join(out, 'wal'));
  const { problems } = await verifyWal(store, { hasher: nodeSha256, expectSealed: true });
  let recovered = 0;
  for await (const batch of readWal(store, { hasher: nodeSha256 })) {
    for (const event of batch) {
      // The recovery's own fact comes after everything that was recovered.
      if (event.t === 'Session' && event.body.kind === 'recovered') break;
      recovered = event.seq;
    }
  }
  return { acknowledged, recovered, finished, problems: problems.map(({ code }) => code) };
};
