import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import type { FaultCase, FaultOutcome, Scale } from './case.js';

/** Runs a case in a folder of its own. */
export async function runCase(
  fault: FaultCase,
  { scale, seed, say }: { scale: Scale; seed: number; say: (line: string) => void },
): Promise<FaultOutcome> {
  const scratch = mkdtempSync(join(process.env['FAULTS_DIR'] ?? tmpdir(), `${fault.id}-`));
  try {
    return await fault.run({ scale, scratch, seed, say });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
