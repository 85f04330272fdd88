/** A process that trades until a signal throws its kill switch, then tries to trade on. */
import type { Venue } from 'quantlaxmi/execution';
import { killSwitch, killSwitchSignal, sendGuard, watchRun } from 'quantlaxmi/node';
import { createRunner } from 'quantlaxmi/strategy';
import { counting, memoryLog, optionsOf, place, quotesAt, sim } from '../strategy/lib.js';

const LIMIT = 20_000;
const signal = killSwitchSignal('SIGUSR2');
const kill = killSwitch([signal]);
const log = memoryLog();
const exchange = sim();
let sent = 0;
const venue: Venue = {
  id: exchange.id,
  submit: (order, nowUs) => {
    sent += 1;
    return exchange.submit(order, nowUs);
  },
  cancel: (order, nowUs) => exchange.cancel(order, nowUs),
  amend: (order, nowUs) => exchange.amend(order, nowUs),
  query: (order, nowUs) => exchange.query(order, nowUs),
  reconcile: (nowUs, question) => exchange.reconcile(nowUs, question),
  onMarket: (event) => exchange.onMarket(event),
  onTimer: (id, nowUs) => exchange.onTimer(id, nowUs),
};
const strategy = counting((event, n) =>
  event.t === 'Quote' ? { intents: [place({ intentId: `i${n}`, qty: 1 })] } : null,
);
const guard = sendGuard({ killSwitch: kill });
const runner = createRunner(optionsOf(strategy, { guard, log, venue }));
const watch = watchRun({ runner, killSwitch: kill });
const market = quotesAt(...Array.from({ length: LIMIT }, (_, i) => 1_000 + i * 10_000));

let next = 0;
const step = async (): Promise<void> => {
  await watch.poll();
  await runner.push(market.slice(next, next + 1));
  next += 1;
};
for (let i = 0; i < 5; i += 1) await step();
process.stdout.write('ready\n');
while (!kill.engaged() && next < LIMIT - 10) {
  await step();
  await new Promise((resolve) => setTimeout(resolve, 1));
}
const before = sent;
for (let i = 0; i < 5; i += 1) await step();
const told = log.records.flatMap(({ body, src, t }) =>
  t === 'Session' && src === 'OPERATOR' ? [body.code] : [],
);
const end = { sentAfter: sent - before, sentBefore: before > 0, told };
process.stdout.write(`${JSON.stringify(end)}\n`);
signal.close();
