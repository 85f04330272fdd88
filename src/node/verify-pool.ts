/**
 * Threads that check segments. Each takes one at a time; one that fails ends the work of all.
 * @module
 */
import { Worker } from 'node:worker_threads';
import { QuantlaxmiError } from '../core/index.js';
import type { SegmentCheck, SegmentCheckOptions, SegmentName } from '../wal/index.js';

/** What a thread is asked. */
export interface VerifyRequest {
  readonly dir: string;
  readonly segment: SegmentName;
  readonly last: boolean;
  readonly options: SegmentCheckOptions;
}

/** What a thread answers. */
export type VerifyAnswer =
  | { readonly check: SegmentCheck }
  | {
      readonly error: {
        readonly code: string | null;
        readonly message: string;
        readonly context: Readonly<Record<string, unknown>>;
      };
    };

interface Job {
  readonly request: VerifyRequest;
  readonly resolve: (check: SegmentCheck) => void;
  readonly reject: (error: unknown) => void;
}

function workerError(file: string, why: string, cause?: unknown): QuantlaxmiError {
  return new QuantlaxmiError(
    'WAL_IO',
    `the thread that checked ${file} ${why}; the log was not judged. Run it again, or with one ` +
      'worker',
    { cause, context: { file } },
  );
}

/** A pool of at most `size` threads, started as there is work. */
export class VerifyPool {
  readonly #entry: URL;
  readonly #size: number;
  readonly #queue: Job[] = [];
  readonly #busy = new Map<Worker, Job | null>();
  #failure: unknown = null;
  #closed = false;

  constructor(entry: URL, size: number) {
    this.#entry = entry;
    this.#size = size;
  }

  run(request: VerifyRequest): Promise<SegmentCheck> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, resolve, reject });
      this.#next();
    });
  }

  /** Stops all threads, whatever they are at. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#busy.keys()].map((worker) => worker.terminate()));
  }

  #next(): void {
    const [job] = this.#queue;
    if (job === undefined || this.#closed) return;
    if (this.#failure !== null) return this.#fail(this.#failure);
    let free = [...this.#busy].find(([, at]) => at === null)?.[0];
    if (free === undefined) {
      if (this.#busy.size >= this.#size) return;
      free = this.#start();
    }
    this.#queue.shift();
    this.#busy.set(free, job);
    free.postMessage(job.request);
  }

  #start(): Worker {
    const worker = new Worker(this.#entry);
    const died = (why: string, cause?: unknown): void => {
      if (this.#closed) return;
      const file = this.#busy.get(worker)?.request.segment.name ?? 'nothing';
      this.#fail(workerError(file, why, cause));
    };
    worker.on('message', (answer: VerifyAnswer) => this.#take(worker, answer));
    worker.on('messageerror', (cause) => died('sent what could not be read', cause));
    worker.on('error', (cause) => died(`failed: ${cause.message}`, cause));
    worker.on('exit', (code) => died(`ended with exit code ${code}`));
    return worker;
  }

  #take(worker: Worker, answer: VerifyAnswer): void {
    const job = this.#busy.get(worker) ?? null;
    if (job === null) return;
    this.#busy.set(worker, null);
    const { name } = job.request.segment;
    if ('check' in answer && answer.check.segment.name === name) {
      job.resolve(answer.check);
    } else if ('error' in answer) {
      const { code, message, context } = answer.error;
      const known =
        code === null ? null : new QuantlaxmiError(code as 'WAL_IO', message, { context });
      job.reject(known ?? workerError(name, `failed: ${message}`));
    } else {
      job.reject(workerError(name, 'answered for another segment'));
    }
    this.#next();
  }

  /** Rejects all that is and will be asked. */
  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const [worker, job] of this.#busy) {
      this.#busy.set(worker, null);
      job?.reject(this.#failure);
    }
    for (const job of this.#queue.splice(0)) job.reject(this.#failure);
  }
}
