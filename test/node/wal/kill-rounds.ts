import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { fileStore, nodeSha256 } from 'quantlaxmi/node';
import { openWalWriter, readWal, verifyWal } from 'quantlaxmi/wal';

/** Bundles the child once, so that each round starts in node's own time. */
export async function buildChild(dir: string): Promise<string> {
  const outfile = join(dir, 'capture-child.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./capture-child.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  return outfile;
}

/** Runs the child until `stop` says so or it ends by itself; returns its lines. */
export async function runChild(
  child: string,
  args: readonly string[],
  stop?: (lines: readonly string[]) => boolean,
): Promise<readonly string[]> {
  const running = spawn(process.execPath, [child, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  running.stdout.setEncoding('utf8');
  running.stdout.on('data', (part: string) => {
    text += part;
    if (stop?.(text.split('\n').slice(0, -1)) === true) running.kill('SIGKILL');
  });
  await new Promise((resolve) => running.on('close', resolve));
  return text.split('\n').slice(0, -1);
}

export interface KillTally {
  readonly acknowledged: number;
  readonly lost: number;
  readonly broken: number;
  readonly events: number;
}

/**
 * Kills a capturing process `rounds` times over one log, each time after a random count of
 * acknowledgements, and compares what the log holds with what was acknowledged.
 */
export async function killRounds(rounds: number, seed: number, lie = false): Promise<KillTally> {
  const root = scratch('wal-kill-');
  const dir = join(root, 'wal');
  let acknowledged = 0;
  let lost = 0;
  let broken = 0;
  let events = 0;
  try {
    const child = await buildChild(root);
    let state = seed >>> 0;
    for (let round = 0; round < rounds; round += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const after = 1 + ((state >>> 16) % 60);
      const args = [dir, '0', 'flock', ...(lie ? ['lie'] : [])];
      const lines = await runChild(child, args, (seen) => seen.length > after);
      const last = lines.filter((line) => line.startsWith('A ')).at(-1);
      const promised = last === undefined ? 0 : Number(last.slice(2));
      const found = await check(dir);
      acknowledged = Math.max(acknowledged, promised);
      lost += Math.max(0, promised - found.lastSeq);
      broken += found.broken;
      events = found.lastSeq;
      if (lie) rmSync(dir, { recursive: true });
    }
  } finally {
    rmSync(root, { recursive: true });
  }
  return { acknowledged, lost, broken, events };
}

/** Opens (which recovers), closes, verifies, and looks for batches that are not whole. */
async function check(dir: string): Promise<{ lastSeq: number; broken: number }> {
  const store = fileStore(dir);
  const log = await openWalWriter(store, {
    clock: { nowUs: () => 1_700_000_000_000_000 },
    hasher: nodeSha256,
    policy: { kind: 'always' },
    rotate: { bytes: 40_000, events: 1_000_000 },
  });
  await log.close();
  const { ok, lastSeq } = await verifyWal(store, { hasher: nodeSha256, canonical: true });
  let broken = ok ? 0 : 1;
  const sizes = new Map<string, { left: number }>();
  for await (const batch of readWal(store, { hasher: nodeSha256 })) {
    for (const event of batch) {
      if (event.t !== 'Timer') continue;
      const { id, due } = event.body;
      const entry = sizes.get(id) ?? { left: due };
      entry.left -= 1;
      sizes.set(id, entry);
    }
  }
  for (const { left } of sizes.values()) if (left !== 0) broken += 1;
  return { lastSeq, broken };
}

export function scratch(prefix: string): string {
  return mkdtempSync(join(tmpdir(), prefix));
}
