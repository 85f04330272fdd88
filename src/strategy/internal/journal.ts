import { deriveId } from '../../core/index.js';
import type { EventInput, EventInputOf } from '../../events/index.js';
import { ENGINE_SOURCE, type StepAction } from '../types.js';
import type { EngineState } from './engine-state.js';

const NO_RECORDS: readonly EventInput[] = Object.freeze([]);
const NO_ACTIONS: readonly StepAction[] = Object.freeze([]);

type Details = Readonly<Record<string, number | string>>;

/** What the call in hand gives out: records to log, requests to send, timers to keep; and ids. */
export class Journal {
  readonly #engine: EngineState;
  readonly #runId: string;
  /** Counts the ids derived under one cause. */
  #count = 0;
  #records: EventInput[] = [];
  #actions: StepAction[] = [];

  constructor(engine: EngineState, runId: string) {
    this.#engine = engine;
    this.#runId = runId;
  }

  get actions(): readonly StepAction[] {
    return this.#actions.length === 0 ? NO_ACTIONS : this.#actions;
  }

  get records(): readonly EventInput[] {
    return this.#records.length === 0 ? NO_RECORDS : this.#records;
  }

  begin(): void {
    if (this.#records.length > 0) this.#records = [];
    if (this.#actions.length > 0) this.#actions = [];
  }

  /** Ids count anew under each input. */
  newCause(): void {
    this.#count = 0;
  }

  /** Common part of the ids of one decision. */
  nextTail(strategyId: string): string {
    this.#count += 1;
    return deriveId('', this.#runId, strategyId, this.#engine.cause, this.#count);
  }

  act(action: StepAction): void {
    this.#actions.push(action);
  }

  record<T extends EventInput['t']>(t: T, body: EventInputOf<T>['body']): void {
    const rx = this.#engine.nowUs;
    this.#records.push({ t, sv: 1, rx, ts: null, src: ENGINE_SOURCE, body } as EventInput);
  }

  /** A Session record; `cause` is added, a replay has to know its place. */
  say(
    kind: EventInputOf<'Session'>['body']['kind'],
    code: string,
    about: { readonly details: Details; readonly inst?: string | null },
  ): void {
    const details = { ...about.details, cause: this.#engine.cause };
    this.record('Session', { code, details, inst: about.inst ?? null, kind });
  }

  /** Stops trading with a record, once; the first reason stands until a named release. */
  halt(code: string, about: Details): void {
    if (this.#engine.halted !== '') return;
    this.#engine.halted = code;
    this.say('killSwitch', code, { details: { by: ENGINE_SOURCE, engaged: 1, ...about } });
  }

  timer(id: string, dueUs: number): void {
    this.act({ kind: 'timer', owner: 'engine', timer: { id, dueUs } });
  }
}
