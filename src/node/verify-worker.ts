/**
 * Entry of a checking thread: one request in, one answer out.
 * @module
 */
import { parentPort } from 'node:worker_threads';
import { QuantlaxmiError } from '../core/index.js';
import { verifySegment } from '../wal/index.js';
import { nodeSha256 } from './sha256.js';
import type { VerifyAnswer, VerifyRequest } from './verify-pool.js';
import { fileStore } from './wal-store/file-store.js';

async function answer({ dir, segment, last, options }: VerifyRequest): Promise<VerifyAnswer> {
  try {
    const how = { ...options, hasher: nodeSha256, last };
    return { check: await verifySegment(fileStore(dir), segment, how) };
  } catch (error) {
    const known = error instanceof QuantlaxmiError;
    const message = error instanceof Error ? error.message : String(error);
    const [code, context] = known ? [error.code, error.context] : [null, {}];
    return { error: { code, message, context } };
  }
}

parentPort?.on('message', (request: VerifyRequest) => {
  void answer(request).then((found) => parentPort?.postMessage(found));
});
