/** Ten times the recording, the same memory: capture, paper and replay in own processes. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command, scratch, STRATEGY } from '../acceptance/lib/command.js';
import { writeRunConfig } from '../acceptance/lib/run-config.js';

const dir = scratch('memory');
/** Prints the peak of resident memory when the process ends. */
const PROBE =
  'data:text/javascript,process.on("exit",()=>process.stderr.write(`RSS ${process.resourceUsage().maxRSS}\\n`))';
/** One old-space limit for all: what is left to grow is what the program keeps. */
const NODE = ['--max-old-space-size=64', '--import', PROBE];
const SHORT_EVENTS = 100_000;

const START_NS = 1_723_161_600_000_000_000n;

/** A recording of `events` messages: tickers, trades, a depth update each tenth. */
const record = async (file: string, events: number): Promise<string> => {
  const out = createWriteStream(file);
  const frame = (i: number, stream: string, data: string): string =>
    `${START_NS + BigInt(i) * 1_000_000n} {"stream":"btcusdt@${stream}","data":${data}}\n`;
  let depthId = 100;
  out.write(
    `${START_NS} {"lastUpdateId":100,"E":1,"T":1,"symbol":"BTCUSDT","bids":[["61700.0","1.000"]],"asks":[["61700.1","1.000"]]}\n`,
  );
  for (let i = 1; i <= events; i++) {
    const ms = 1_723_161_600_000 + i;
    const qty = `0.${String(100 + (i % 800)).padStart(3, '0')}`;
    let text: string;
    if (i % 10 === 0) {
      const u = depthId + 5;
      text = frame(
        i,
        'depth@100ms',
        `{"e":"depthUpdate","E":${ms},"T":${ms},"s":"BTCUSDT","U":${depthId + 1},"u":${u},"pu":${depthId},"b":[["61700.0","${qty}"]],"a":[["61700.1","${qty}"]]}`,
      );
      depthId = u;
    } else if (i % 3 === 0) {
      text = frame(
        i,
        'trade',
        `{"e":"trade","E":${ms},"T":${ms},"s":"BTCUSDT","t":${i / 3},"p":"61700.0","q":"${qty}","X":"MARKET","m":true}`,
      );
    } else {
      text = frame(
        i,
        'bookTicker',
        `{"e":"bookTicker","u":${i},"s":"BTCUSDT","b":"61700.0","B":"${qty}","a":"61700.1","A":"0.900","T":${ms},"E":${ms}}`,
      );
    }
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  return file;
};

const measured = (args: readonly string[]): number => {
  const { code, err } = command(args, { nodeOptions: NODE });
  expect([args[0], code, err.replace(/RSS \d+\n/, '')]).toEqual([args[0], 0, '']);
  return Number(/RSS (\d+)/.exec(err)?.[1]);
};

const peaks = async (name: string, events: number): Promise<Record<string, number>> => {
  const session = join(dir, name);
  const file = await record(join(dir, `${name}.raw`), events);
  const run = join(session, 'runs', 'r');
  const config = writeRunConfig(join(dir, `${name}.json`));
  const paper = ['paper', '--session', session, '--strategy', STRATEGY, '--config', config];
  return {
    capture: measured(['capture', 'binance', '--market', 'usdm', '--from', file, '--out', session]),
    paper: measured([...paper, '--out', run]),
    replay: measured(['replay', run]),
  };
};

test('capture, paper and replay of ten times the events peak within 20 %', async () => {
  const short = await peaks('short', SHORT_EVENTS);
  const long = await peaks('long', SHORT_EVENTS * 10);
  const ratios = Object.keys(short).map(
    (key) => [key, (long[key] as number) / (short[key] as number)] as const,
  );
  console.log(
    `peak RSS, KiB: ${JSON.stringify({ short, long })}; ratios ${JSON.stringify(ratios)}`,
  );
  for (const [key, ratio] of ratios) expect([key, ratio < 1.2]).toEqual([key, true]);
}, 1_800_000);
