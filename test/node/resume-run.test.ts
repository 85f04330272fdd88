import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createSession,
  openRun,
  paperRun,
  parseRunConfig,
  replayRun,
  resumeRun,
} from 'quantlaxmi/node';
import { expect, test } from 'vitest';
import { rejection, temporaryFolder } from './folders.js';
import { marketEvents, risk } from './market.js';

const config = {
  strategy: { qty: 2 },
  risk: risk().spec,
  venue: {
    ...{ kind: 'sim', entryUs: 1500, responseUs: 1000 },
    ...{ makerPpm: 200, takerPpm: 500, feeExponent: -8 },
  },
  cash: { BBB: '1000' },
};

const strategyText = `export default {
  id: 'seesaw',
  version: '1',
  parseConfig: (raw) => raw,
  init: () => 0,
  onEvent: (n, event, ctx) => event.t !== 'Quote' ? null : {
    state: n + 1,
    features: { draw: ctx.rng.below(1000) },
    intents: [{ action: 'place', inst: event.body.inst, intentId: 'i' + n,
      price: n % 2 === 0 ? event.body.ask : event.body.bid, qty: 1 + ctx.rng.below(3),
      reduceOnly: false, side: n % 2 === 0 ? 'buy' : 'sell', tif: 'gtc', type: 'limit' }],
  },
};
`;

async function prepared() {
  const dir = temporaryFolder();
  const writer = await createSession(join(dir, 'session'), {
    capture: { feed: { name: 'test', version: '1' } },
    policy: { kind: 'os' },
  });
  let n = 0;
  for (const event of marketEvents(300)) {
    writer.wal.append(event);
    n += 1;
    // Small commits: a run reads the session in many batches, and can die between them.
    if (n % 20 === 0) await writer.wal.flush();
  }
  const session = await writer.seal();
  const strategyModule = join(dir, 'seesaw.mjs');
  writeFileSync(strategyModule, strategyText);
  return { dir, session, strategyModule };
}

const program = fileURLToPath(new URL('./resume-child.ts', import.meta.url));

/** Signal that ended a process which kills itself at `killAtSeq` of the session. */
async function die(spec: object): Promise<NodeJS.Signals | null> {
  const args = ['--import', 'tsx', program, JSON.stringify(spec)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return await new Promise((done) => child.on('close', (_, signal) => done(signal)));
}

test('NODE-38: a paper run killed by kill -9 goes on to the trace of a whole one', async () => {
  const { dir, session, strategyModule } = await prepared();
  const parts = { session: session.dir, strategyModule };
  const whole = await paperRun({
    ...{ ...parts, out: join(dir, 'whole'), seed: 42n, config: parseRunConfig(config) },
  });
  expect(whole.summary.fills).toBeGreaterThan(10);
  for (const killAtSeq of [20, 200]) {
    const out = join(dir, `killed-${killAtSeq}`);
    expect(await die({ ...parts, out, config, killAtSeq })).toBe('SIGKILL');
    expect(await rejection(openRun(out))).toBe('QL_RUN_UNSEALED');
    const { manifest, summary } = await resumeRun(out);
    expect(summary).toEqual(whole.summary);
    expect(manifest.decisions.traceHash).toBe(whole.manifest.decisions.traceHash);
    expect(manifest.result).toEqual(whole.manifest.result);
    expect(manifest.status).toBe('recovered');
    expect(manifest.restarts).toHaveLength(1);
    expect(manifest.restarts?.[0]?.cause).toBeGreaterThan(0);
    expect((await replayRun(out)).result?.equal).toBe(true);
    expect(await rejection(resumeRun(out))).toBe('QL_RUN_STATE');
  }
  expect('restarts' in whole.manifest).toBe(false);
}, 300_000);
