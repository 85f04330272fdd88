/** REST answers and command answers that are not what was asked for. @module */
import type { Fault, FaultKind, RequestFault } from '../faults.js';
import { type Answered, type Asked, jsonAnswer } from './dialect.js';

/** A fault of the answer to a command. */
export type CommandFault = Extract<Fault, { kind: 'ackLost' | 'subscribeError' }>;

interface PendingRequest {
  readonly fault: RequestFault;
  left: number;
  /** Answers of the moment the fault took effect, by path and query. */
  readonly frozen: (asked: Asked) => Answered;
}

const STATUS = { http418: 418, http429: 429 } as const;

function isSnapshot(asked: Asked): boolean {
  return asked.url.pathname.endsWith('/depth');
}

export class RequestFaults {
  readonly #count: (kind: FaultKind) => void;
  readonly #body: (status: number) => unknown;
  readonly #pending: PendingRequest[] = [];
  readonly #commands: { readonly fault: CommandFault; left: number }[] = [];

  /** `body` is what the venue says with a status. */
  constructor(count: (kind: FaultKind) => void, body: (status: number) => unknown) {
    this.#count = count;
    this.#body = body;
  }

  /** `freeze` gives what the venue answers from the state it has now. */
  add(fault: RequestFault | CommandFault, freeze: () => (asked: Asked) => Answered): void {
    if (fault.count <= 0) return;
    if (fault.kind === 'ackLost' || fault.kind === 'subscribeError') {
      this.#commands.push({ fault, left: fault.count });
      return;
    }
    const frozen = fault.kind === 'staleSnapshot' ? freeze() : () => jsonAnswer(500, '');
    this.#pending.push({ fault, left: fault.count, frozen });
  }

  /** The fault for the next command. */
  command(): CommandFault | null {
    const first = this.#commands[0];
    if (first === undefined) return null;
    first.left -= 1;
    if (first.left === 0) this.#commands.shift();
    this.#count(first.fault.kind);
    return first.fault;
  }

  /** The answer to a request, with the first fault that is for it. */
  apply(asked: Asked, answer: () => Answered): Answered {
    const pending = this.#pending.find(({ fault }) => this.#isFor(fault, asked));
    if (pending === undefined) return answer();
    pending.left -= 1;
    if (pending.left === 0) this.#pending.splice(this.#pending.indexOf(pending), 1);
    const { fault } = pending;
    this.#count(fault.kind);
    if (fault.kind === 'slowSnapshot') return { ...answer(), delayMs: fault.delayMs };
    if (fault.kind === 'staleSnapshot') return pending.frozen(asked);
    if (fault.kind === 'http5xx') return jsonAnswer(fault.status, this.#body(fault.status));
    const status = STATUS[fault.kind];
    const headers = { 'retry-after': String(fault.retryAfterS) };
    return jsonAnswer(status, this.#body(status), headers);
  }

  #isFor(fault: RequestFault, asked: Asked): boolean {
    if (fault.path !== undefined && !asked.url.pathname.includes(fault.path)) return false;
    const onlySnapshots = fault.kind === 'slowSnapshot' || fault.kind === 'staleSnapshot';
    return !onlySnapshots || isSnapshot(asked);
  }
}
