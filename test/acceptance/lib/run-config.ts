/** A run configuration for the bundled recording. */
import { writeFileSync } from 'node:fs';
import { demoConfig } from '../../../src/cli/demo-config.js';
import type { InstrumentBody } from '../../../src/events/index.js';

const instrument = {
  instrumentId: 'BINANCE:USDM:BTCUSDT',
  lot: 1,
  qtyExponent: -3,
  settle: 'USDT',
} as InstrumentBody;

/** Writes the demo's configuration, with some of the strategy's values changed. */
export const writeRunConfig = (file: string, strategy: Readonly<Record<string, unknown>> = {}) => {
  const config = demoConfig(instrument);
  const changed = { ...config, strategy: { ...config.strategy, ...strategy } };
  writeFileSync(file, JSON.stringify(changed));
  return file;
};
