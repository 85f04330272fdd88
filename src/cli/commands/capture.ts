/**
 * `quantlaxmi capture binance`: a session from the venue, or from raw recordings.
 * @module
 */
import { QuantlaxmiError } from '../../core/index.js';
import { captureRecording } from '../../node/index.js';
import {
  BINANCE_ENDPOINTS,
  type BinanceEndpoint,
  binanceInstrumentId,
  type BinanceMarket,
  type BinanceProtocol,
  binanceProtocol,
} from '../../venues/binance/index.js';
import type { FeedProtocol } from '../../venues/feed/index.js';
import type { Outcome } from '../outcome.js';
import { byteProgress } from '../progress.js';
import { hostOf, type LiveFlags, recordLive } from './capture-live.js';
import { tellingWhatIsLeft } from './capture-left.js';
import { captureOutcome } from './capture-outcome.js';
import { endpointUrl } from './endpoint.js';

/** Options of `capture binance`. */
export interface CaptureOptions extends LiveFlags {
  readonly market: string;
  readonly from?: readonly string[];
  readonly symbols?: string;
  readonly snapshot?: readonly string[];
  readonly exchangeInfo?: string;
  readonly streams?: string;
  readonly endpointWs?: string;
  readonly endpointRest?: string;
  readonly testnet?: boolean;
}

const LIVE_FLAGS = [
  ...(['streams', 'endpointWs', 'endpointRest', 'testnet'] as const),
  ...(['raw', 'duration', 'resume'] as const),
];

const MARKETS: readonly string[] = ['spot', 'usdm', 'coinm'];

/** Checks a market's name. */
export const marketOf = (text: string): BinanceMarket => {
  if (MARKETS.includes(text)) return text as BinanceMarket;
  throw new QuantlaxmiError('QL_BAD_INPUT', `--market ${text}: expected spot, usdm or coinm`);
};

const binanceStats = (protocol: FeedProtocol): object =>
  (protocol as BinanceProtocol).capture.stats;

const listOf = (text: string): string[] => text.split(',').filter((one) => one !== '');

/** Flags that only recordings have; a live capture asks the venue. */
const refuseFileFlags = (options: CaptureOptions): void => {
  for (const flag of ['snapshot', 'exchangeInfo'] as const) {
    if (options[flag] === undefined) continue;
    const name = flag === 'snapshot' ? '--snapshot' : '--exchange-info';
    throw new QuantlaxmiError('QL_BAD_INPUT', `${name}: only with --from FILE`);
  }
};

const endpointOf = (options: CaptureOptions, market: BinanceMarket): BinanceEndpoint => {
  const { endpointRest: rest, endpointWs: ws, testnet } = options;
  if (rest === undefined && ws === undefined) {
    return BINANCE_ENDPOINTS[testnet === true ? 'testnet' : 'production'][market];
  }
  if (rest === undefined || ws === undefined || testnet === true) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      '--endpoint-ws and --endpoint-rest: give both, and not with --testnet',
    );
  }
  const streams = endpointUrl('--endpoint-ws', ws, 'ws');
  return {
    publicStreams: streams,
    marketStreams: streams,
    rest: endpointUrl('--endpoint-rest', rest, 'http'),
  };
};

const captureVenue = async (options: CaptureOptions): Promise<Outcome> => {
  refuseFileFlags(options);
  const market = marketOf(options.market);
  const symbols = listOf(options.symbols ?? '');
  if (symbols.length === 0) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      'capture binance: a live capture needs --symbols A,B; give --from FILE to read a recording',
    );
  }
  const endpoint = endpointOf(options, market);
  const streams = options.streams === undefined ? {} : { streams: listOf(options.streams) };
  return await recordLive(options, {
    protocol: (sessionId) =>
      binanceProtocol({ ...{ market, sessionId, symbols, endpoint }, ...streams }),
    capture: {
      endpoint: hostOf(endpoint.marketStreams),
      subscriptions: symbols.map((symbol) => binanceInstrumentId(market, symbol)),
    },
    stats: binanceStats,
  });
};

/** Flags that only a live capture has. */
const refuseLiveFlags = (options: CaptureOptions): void => {
  for (const flag of LIVE_FLAGS) {
    if (options[flag] === undefined) continue;
    const name = flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new QuantlaxmiError('QL_BAD_INPUT', `--${name}: not with --from FILE`);
  }
};

/** Records a session; exit 1 when a recording broke off. */
export const captureCommand = async (options: CaptureOptions): Promise<Outcome> => {
  const files = options.from ?? [];
  if (files.length === 0) return await captureVenue(options);
  refuseLiveFlags(options);
  const bar = byteProgress('capture', files);
  const result = await tellingWhatIsLeft(options.out, () =>
    captureRecording({
      market: marketOf(options.market),
      files,
      out: options.out,
      onProgress: ({ bytes, events }) => bar.update(bytes, events),
      ...(options.ack === true ? { onDurable: (seq) => process.stderr.write(`A ${seq}\n`) } : {}),
      ...(options.symbols === undefined ? {} : { symbols: options.symbols.split(',') }),
      ...(options.exchangeInfo === undefined ? {} : { exchangeInfo: options.exchangeInfo }),
      ...(options.snapshot === undefined ? {} : { snapshots: options.snapshot }),
    }),
  ).finally(() => bar.stop());
  return await captureOutcome(result);
};
