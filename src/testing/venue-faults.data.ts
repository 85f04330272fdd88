/**
 * What a bad venue can do.
 * @module
 */

/** What one fault does, to what, and whether it says what is not so. */
export interface VenueFaultDescription {
  /** A group of facts that the venue says together, or a request to it. */
  readonly to: 'facts' | 'request';
  /** True when what is said is not so: the run must stop. Else it must end with the truth. */
  readonly lies: boolean;
  readonly what: string;
}

/** Fault → what it does. */
export const VENUE_FAULTS = {
  late: { to: 'facts', lies: false, what: 'facts come after the delay, behind later ones' },
  duplicate: { to: 'facts', lies: false, what: 'facts come at once, and again after the delay' },
  reorder: { to: 'facts', lies: false, what: 'facts said together come in another order' },
  dropAcks: { to: 'facts', lies: false, what: 'reports of open orders never come' },
  dropFills: { to: 'facts', lies: false, what: 'fills never come, until everything is asked for' },
  fillsBehindEnd: { to: 'facts', lies: false, what: 'fills come after the delay, behind the end' },
  silent: { to: 'facts', lies: false, what: 'nothing is said' },
  disconnect: {
    to: 'facts',
    lies: false,
    what: 'the connection is lost for the delay: nothing comes and nothing arrives',
  },
  loseRequest: { to: 'request', lies: false, what: 'the request never arrives' },
  cutAnswer: { to: 'facts', lies: true, what: 'the answer about the account lacks its last part' },
  lieRemaining: { to: 'facts', lies: true, what: 'reports tell one more executed, or one less' },
  contradict: { to: 'facts', lies: true, what: 'an order that is over ends again, in another way' },
  inventFill: { to: 'facts', lies: true, what: 'an execution is told that never was' },
} as const satisfies Readonly<Record<string, VenueFaultDescription>>;

/** Name of a fault of {@link VENUE_FAULTS}. */
export type VenueFaultKind = keyof typeof VENUE_FAULTS;
