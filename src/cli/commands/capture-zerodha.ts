/**
 * `quantlaxmi capture zerodha`: a session from the ticker, or from recorded frames.
 * @module
 */
import { QuantlaxmiError } from '../../core/index.js';
import { parseMantissa } from '../../fixed-point/index.js';
import { captureKiteRecording, livePorts, readKiteDump } from '../../node/index.js';
import type { FeedPorts, FeedProtocol } from '../../venues/feed/index.js';
import {
  givenInstruments,
  KITE_ROOTS,
  type KiteInstrumentName,
  type KiteMode,
  type KiteProtocol,
  kiteProtocol,
} from '../../venues/zerodha/index.js';
import type { Outcome } from '../outcome.js';
import { byteProgress } from '../progress.js';
import { hostOf, type LiveFlags, recordLive } from './capture-live.js';
import { tellingWhatIsLeft } from './capture-left.js';
import { captureOutcome } from './capture-outcome.js';
import { endpointUrl } from './endpoint.js';
import { kiteSecret, kiteVariable } from './kite-environment.js';

/** Options of `capture zerodha`. */
export interface CaptureZerodhaOptions extends LiveFlags {
  readonly from?: readonly string[];
  readonly instruments?: string;
  readonly tokens?: string;
  readonly symbols?: string;
  readonly mode?: string;
  readonly endpointWs?: string;
  readonly endpointRest?: string;
}

const LIVE_FLAGS = [
  ...(['tokens', 'symbols', 'mode', 'endpointWs', 'endpointRest'] as const),
  ...(['raw', 'duration', 'resume'] as const),
];

const MODES: readonly string[] = ['ltp', 'quote', 'full'];

const bad = (message: string): QuantlaxmiError => new QuantlaxmiError('QL_BAD_INPUT', message);

const modeOf = (text: string): KiteMode => {
  if (MODES.includes(text)) return text as KiteMode;
  throw bad(`--mode ${text}: expected ltp, quote or full`);
};

const tokenOf = (text: string): number => {
  if (/^[1-9][0-9]{0,9}$/.test(text)) return parseMantissa(text, 0);
  throw bad(`--tokens ${text}: expected digits, as instrument_token of the instruments dump`);
};

const listOf = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

const rootsOf = ({ endpointRest: rest, endpointWs: ws }: CaptureZerodhaOptions) => ({
  restRoot: rest === undefined ? KITE_ROOTS.rest : endpointUrl('--endpoint-rest', rest, 'http'),
  tickerRoot: ws === undefined ? KITE_ROOTS.ticker : endpointUrl('--endpoint-ws', ws, 'ws'),
});

const captureVenue = async (options: CaptureZerodhaOptions): Promise<Outcome> => {
  const names: KiteInstrumentName[] = [
    ...listOf(options.tokens).map(tokenOf),
    ...listOf(options.symbols),
  ];
  if (names.length === 0) {
    throw bad(
      'capture zerodha: a live capture needs --tokens 256265,… or ' +
        '--symbols NSE:FO:NIFTY26AUGFUT,…; give --from FILE to read a recording',
    );
  }
  const mode = modeOf(options.mode ?? 'full');
  const { restRoot, tickerRoot } = rootsOf(options);
  const apiKey = kiteVariable('KITE_API_KEY');
  const accessToken = kiteSecret('KITE_ACCESS_TOKEN');
  const dump = options.instruments === undefined ? null : await readKiteDump(options.instruments);
  const ports = livePorts();
  const given: FeedPorts =
    dump === null ? ports : { ...ports, http: givenInstruments(ports.http, restRoot, dump) };
  return await recordLive(options, {
    protocol: (sessionId) =>
      kiteProtocol({
        ...{ apiKey, accessToken, restRoot, tickerRoot, capture: { sessionId } },
        subscriptions: names.map((instrument) => ({ instrument, mode })),
        ...(dump === null ? {} : { dumps: [''] }),
      }),
    ports: given,
    capture: {
      endpoint: hostOf(tickerRoot),
      // Ids of all that was asked for, or no claim: tokens get theirs from the dump.
      subscriptions: options.tokens === undefined ? listOf(options.symbols) : [],
    },
    stats: (protocol: FeedProtocol) => (protocol as KiteProtocol).capture.stats,
  });
};

/** Flags that only a live capture has. */
const refuseLiveFlags = (options: CaptureZerodhaOptions): void => {
  for (const flag of LIVE_FLAGS) {
    if (options[flag] === undefined) continue;
    const name = flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw bad(`--${name}: not with --from FILE`);
  }
};

/** Records a session; exit 1 when a recording broke off. */
export const captureZerodhaCommand = async (options: CaptureZerodhaOptions): Promise<Outcome> => {
  const files = options.from ?? [];
  if (files.length === 0) return await captureVenue(options);
  refuseLiveFlags(options);
  const bar = byteProgress('capture', files);
  const result = await tellingWhatIsLeft(options.out, () =>
    captureKiteRecording({
      ...{ files, out: options.out },
      onProgress: ({ bytes, events }) => bar.update(bytes, events),
      ...(options.ack === true ? { onDurable: (seq) => process.stderr.write(`A ${seq}\n`) } : {}),
      ...(options.instruments === undefined ? {} : { instruments: options.instruments }),
    }),
  ).finally(() => bar.stop());
  return await captureOutcome(result);
};
