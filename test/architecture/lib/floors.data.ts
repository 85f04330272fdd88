/** The floors of the house: a room may import rooms on its own floor or below, never above. */
export const FLOORS: readonly (readonly string[])[] = [
  ['core', 'fixed-point', 'numeric'],
  ['events', 'market', 'observability'],
  ['wal', 'manifest'],
  ['features', 'regime', 'risk', 'portfolio', 'stats'],
  ['strategy', 'execution', 'sim'],
  ['replay', 'ml', 'rl'],
  ['gates', 'promotion'],
  [
    'cli',
    'testing',
    'report',
    'node',
    'venues/feed',
    'venues/binance',
    'venues/zerodha',
    'venues/nse',
    'jobs',
  ],
];

/** Rooms that may import `node:` and touch the host. */
export const HOST_ROOMS: readonly string[] = ['node', 'cli', 'jobs'];

/** Files that may touch the host although their room may not. */
export const HOST_PATHS: readonly RegExp[] = [/^src\/testing\/node/];

/** Folders inside a room with a public door of their own. */
export const INNER_DOORS: readonly string[] = [
  'fixed-point/decimal',
  'node/export',
  'testing/node',
];

/** Which rooms (or folders of a room) may import which package; a package not listed: none. */
export const PACKAGES: Readonly<Record<string, (folder: string) => boolean>> = {
  '@noble/hashes': (f) => f === 'core',
  'decimal.js': (f) => f === 'fixed-point/decimal',
  zod: (f) => !['core', 'fixed-point', 'fixed-point/decimal', 'numeric'].includes(f),
  eventemitter3: (f) => !['core', 'fixed-point', 'fixed-point/decimal', 'numeric'].includes(f),
  'fast-check': (f) => f === 'testing',
  'hyparquet-writer': (f) => f === 'node/export',
  'apache-arrow': (f) => f === 'node/export',
  ws: (f) => f === 'node' || f === 'testing/node',
  commander: (f) => f === 'cli',
  'cli-progress': (f) => f === 'cli',
  'cli-table3': (f) => f === 'cli',
  picocolors: (f) => f === 'cli',
};

/** Globals of a host, or whose answer differs by host: no value of these names in a pure room. */
export const BANNED_GLOBALS: ReadonlySet<string> = new Set([
  'performance',
  'process',
  'Buffer',
  'console',
  'fetch',
  'Intl',
  'crypto',
  'globalThis',
  'window',
  'self',
  'navigator',
  'require',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'requestAnimationFrame',
  'structuredClone',
  'WebSocket',
  'XMLHttpRequest',
  'WeakRef',
  'FinalizationRegistry',
  'SharedArrayBuffer',
  'Atomics',
  'eval',
  'Function',
  '__dirname',
  '__filename',
]);

/** The members of `Math` that IEEE 754 or ECMA-262 define to the last bit. */
export const EXACT_MATH: ReadonlySet<string> = new Set([
  'abs',
  'ceil',
  'clz32',
  'floor',
  'fround',
  'imul',
  'max',
  'min',
  'round',
  'sign',
  'sqrt',
  'trunc',
]);

/** Methods whose answer depends on the locale or time zone of the host. */
export const LOCALE_METHODS: ReadonlySet<string> = new Set([
  'localeCompare',
  'toLocaleString',
  'toLocaleUpperCase',
  'toLocaleLowerCase',
  'toLocaleDateString',
  'toLocaleTimeString',
]);

/** Rooms between wire and mantissa: no conversion of text to a float. */
export const NO_FLOAT_ROOMS: readonly string[] = [
  'fixed-point',
  'events',
  'venues/feed',
  'venues/binance',
  'venues/zerodha',
  'venues/nse',
];

/** `Number.<member>` that makes no number from text. */
export const NUMBER_CHECKS: ReadonlySet<string> = new Set([
  'isSafeInteger',
  'isInteger',
  'isFinite',
  'isNaN',
  'MAX_SAFE_INTEGER',
  'MIN_SAFE_INTEGER',
  'EPSILON',
  'NaN',
]);

export const LINES_PER_FILE = 400;
export const LINES_PER_FUNCTION = 70;
export const COLUMNS = 100;
