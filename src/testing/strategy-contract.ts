/**
 * What every strategy must keep to, as cases for any test runner.
 * @module
 */
import fc from 'fast-check';
import { canonicalJson } from '../core/index.js';
import type { EventInput, Event as LoggedEvent } from '../events/index.js';
import { maxOrderRate, type RiskPolicy, riskPolicy } from '../risk/index.js';
import { constantLatency, makerTakerFees, simVenue } from '../sim/index.js';
import { createRunner, type Runner, type Strategy } from '../strategy/index.js';
import { sessionArbitrary } from './action-arbitraries.js';
import type { ContractCase } from './wal-store-contract.js';

/** A strategy under test. */
export interface StrategyUnderTest<S, C> {
  readonly strategy: Strategy<S, C>;
  readonly config: unknown;
  /** Sessions to run it on; those of `sessionArbitrary` by default. */
  readonly sessions?: fc.Arbitrary<LoggedEvent[]>;
  /** Policy it trades under; one that minds only the order rate by default. */
  readonly risk?: RiskPolicy;
  /** Sessions per case; 50 by default. */
  readonly numRuns?: number;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}

function start<S, C>({ config, risk, strategy }: StrategyUnderTest<S, C>) {
  const records: EventInput[] = [];
  const runner = createRunner({
    strategy,
    config,
    risk: risk ?? riskPolicy({ checks: [maxOrderRate({ orders: 1_000, perUs: 1_000 })] }),
    runId: 'contract',
    seed: 1n,
    venue: simVenue({
      latency: constantLatency({ entryUs: 500, responseUs: 500 }),
      fees: makerTakerFees({ makerPpm: 200, takerPpm: 500, feeExponent: -8 }),
    }),
    log: { append: (record) => records.push(record), durable: async () => {} },
  });
  return { records, runner };
}

async function outcome(runner: Runner, records: readonly EventInput[]): Promise<string> {
  const { stateHash, traceHash } = await runner.finish();
  return canonicalJson([traceHash, stateHash, records]);
}

async function runOf<S, C>(under: StrategyUnderTest<S, C>, session: readonly LoggedEvent[]) {
  const { records, runner } = start(under);
  await runner.push(session);
  return { text: await outcome(runner, records), records };
}

/** Runs two sessions side by side, event by event: what one remembers must not reach the other. */
async function interleaved<S, C>(
  under: StrategyUnderTest<S, C>,
  sessions: readonly [readonly LoggedEvent[], readonly LoggedEvent[]],
): Promise<readonly string[]> {
  const sides = sessions.map((session) => ({ session, ...start(under) }));
  const longest = Math.max(...sessions.map((session) => session.length));
  for (let i = 0; i < longest; i += 1) {
    for (const { runner, session } of sides) await runner.push(session.slice(i, i + 1));
  }
  return Promise.all(sides.map(({ records, runner }) => outcome(runner, records)));
}

type Check = <S, C>(
  under: StrategyUnderTest<S, C>,
  sessions: readonly [LoggedEvent[], LoggedEvent[]],
) => Promise<void>;

const CHECKS: Readonly<Record<string, Check>> = {
  'decides the same when run twice': async (under, [session]) => {
    const first = await runOf(under, session);
    const second = await runOf(under, session);
    if (first.text !== second.text) throw new Error('two runs over one session differ');
  },
  'changes nothing it is given': async (under, [session]) => {
    const { strategy } = under;
    const frozen: typeof strategy = {
      ...strategy,
      parseConfig: (raw) => deepFreeze(strategy.parseConfig(raw)),
      onEvent: (state, event, ctx) => strategy.onEvent(deepFreeze(state), deepFreeze(event), ctx),
    };
    const plain = await runOf(under, session);
    const kept = await runOf({ ...under, strategy: frozen }, deepFreeze([...session]));
    if (plain.text !== kept.text) throw new Error('it decides differently on frozen data');
  },
  'keeps nothing outside its state': async (under, sessions) => {
    const [first, second] = await interleaved(under, sessions);
    const alone = [await runOf(under, sessions[0]), await runOf(under, sessions[1])];
    if (first !== alone[0]?.text || second !== alone[1]?.text) {
      throw new Error('two runs side by side change each other');
    }
  },
  'returns well-formed intents only': async (under, [session]) => {
    for (const record of (await runOf(under, session)).records) {
      if (record.t !== 'Risk') continue;
      const broken = record.body.checks.find((check) => check.code === 'QL_INTENT_INVALID');
      if (broken !== undefined)
        throw new Error(`intent ${record.body.intentId}: ${broken.observed}`);
    }
  },
};

/**
 * The contract of a strategy as test cases: it is pure, changes nothing it is given, keeps nothing
 * outside its state, and returns intents an order can be made of. Each case runs it on random
 * sessions against the simulated venue, and shrinks what breaks it.
 *
 * @param under - the strategy and its configuration
 * @returns cases; `run` rejects with the smallest session found that breaks the contract
 * @example
 * ```ts
 * import { defineStrategy } from 'quantlaxmi/strategy';
 * import { strategyContract } from 'quantlaxmi/testing';
 *
 * const strategy = defineStrategy({
 *   id: 'counter', version: '1', parseConfig: () => null,
 *   init: () => 0,
 *   onEvent: (n) => ({ state: n + 1 }),
 * });
 * for (const { run } of strategyContract({ strategy, config: null, numRuns: 5 })) await run();
 * ```
 */
export function strategyContract<S, C>(under: StrategyUnderTest<S, C>): readonly ContractCase[] {
  const sessions = under.sessions ?? sessionArbitrary();
  return Object.entries(CHECKS).map(([name, check]) => ({
    name,
    run: () =>
      fc.assert(
        fc.asyncProperty(sessions, sessions, (one, other) => check(under, [one, other])),
        { numRuns: under.numRuns ?? 50 },
      ),
  }));
}
