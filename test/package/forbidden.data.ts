/** Names that must be in no browser bundle. */
export const FORBIDDEN_EVERYWHERE: readonly string[] = [
  'node:',
  'commander',
  'cli-progress',
  'cli-table3',
  'picocolors',
  'process.env',
  'require(',
];

const ZOD = 'ZodError';
const WAL = 'WAL_';
const DECIMAL = 'toDecimalPlaces';

/** Names of upper rooms and of packages that a subpath must not drag in. */
export const FORBIDDEN_IN: Readonly<Record<string, readonly string[]>> = {
  './core': [ZOD, DECIMAL],
  './fixed-point': [WAL, ZOD, DECIMAL, 'QL_MANIFEST'],
  './fixed-point/decimal': [WAL, ZOD],
  './numeric': [WAL, ZOD, DECIMAL],
  './events': ['WAL_TORN_TAIL', DECIMAL],
  './market': ['WAL_TORN_TAIL', DECIMAL],
  './observability': ['WAL_TORN_TAIL', DECIMAL],
  './wal': [DECIMAL, 'QL_MANIFEST'],
  './risk': ['WAL_TORN_TAIL', DECIMAL],
  './portfolio': ['WAL_TORN_TAIL', DECIMAL],
  './execution': ['WAL_TORN_TAIL', DECIMAL],
  './sim': ['WAL_TORN_TAIL', DECIMAL],
  './strategy': ['WAL_TORN_TAIL', DECIMAL],
  './venues/feed': ['WAL_TORN_TAIL', DECIMAL],
  './venues/binance': ['WAL_TORN_TAIL', DECIMAL],
  './venues/zerodha': ['WAL_TORN_TAIL', DECIMAL],
  './venues/nse': ['WAL_TORN_TAIL', DECIMAL],
};
