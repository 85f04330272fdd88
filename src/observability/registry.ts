/**
 * Metric values in one growing Float64Array: a sample is a map look-up and an addition.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import { type CorrelationIds, type CorrelationKey, noCorrelation } from './correlation.js';
import { wellFormed } from './internal/well-formed.js';
import {
  checkDefinition,
  type MetricDefinition,
  type MetricFamily,
  type MetricSeries,
} from './metric.js';
import type { MetricLabels } from './telemetry.js';

/** Why a sample was not recorded. */
export const REJECT_REASONS = [
  'unknownMetric',
  'wrongKind',
  'unknownLabel',
  'badValue',
  'seriesLimit',
] as const;
/** Why a sample was not recorded. */
export type RejectReason = (typeof REJECT_REASONS)[number];

/** A series found once, for hot paths: recording is one addition. */
export interface SeriesHandle {
  /** Adds to a counter. */
  readonly add: (n: number) => void;
  /** Sets a gauge. */
  readonly set: (value: number) => void;
  /** Puts a value into a histogram. */
  readonly observe: (value: number) => void;
}

/** Metric values by series; bounded in the number of series and in the length of a label. */
export interface MetricRegistry {
  /** Adds to a counter. */
  readonly add: (name: string, labels: MetricLabels, n: number, ids?: CorrelationIds) => void;
  /** Sets a gauge. */
  readonly set: (name: string, labels: MetricLabels, value: number, ids?: CorrelationIds) => void;
  /** Puts a value into a histogram. */
  readonly observe: (
    name: string,
    labels: MetricLabels,
    value: number,
    ids?: CorrelationIds,
  ) => void;
  /** Finds a series once, for hot paths. */
  readonly series: (name: string, labels: MetricLabels, ids?: CorrelationIds) => SeriesHandle;
  /** All families in the order of their definition. O(families); series cost as they are read. */
  readonly read: () => readonly MetricFamily[];
  /** Samples that were not recorded, by reason. */
  readonly rejected: () => Readonly<Record<RejectReason, number>>;
}

/** Options of {@link metricRegistry}. */
export interface MetricRegistryOptions {
  readonly definitions: readonly MetricDefinition[];
  /** Most series over all metrics; a sample of one more is rejected and counted. */
  readonly seriesMax: number;
  /** Longest label value kept, UTF-16 units; longer ones are cut. */
  readonly labelLengthMax: number;
}

interface Family {
  readonly definition: MetricDefinition;
  readonly width: number;
  readonly offsets: Map<string, number>;
  readonly values: Map<string, readonly string[]>;
  /** Ids that are too many for labels, by series: those of its last sample. */
  readonly exemplars: Map<number, CorrelationIds>;
}

/** Distinct label values give distinct keys: each is preceded by its length. */
const keyOf = (values: readonly string[]): string => {
  if (values.length === 1) return values[0] as string;
  let key = '';
  for (const value of values) key += `${value.length}:${value}`;
  return key;
};

/** Whether ids name one decision, check or order. */
const namesOne = (ids: CorrelationIds): boolean =>
  ids.order_id !== '' || ids.risk_decision_id !== '' || ids.decision_id !== '';

function familiesOf(definitions: readonly MetricDefinition[]): Map<string, Family> {
  const families = new Map<string, Family>();
  for (const definition of definitions) {
    checkDefinition(definition);
    if (families.has(definition.name)) {
      throw new QuantlaxmiError(
        'QL_METRIC_DEFINITION',
        `metric "${definition.name}": found two definitions, expected one; rename one of them`,
        { context: { metric: definition.name } },
      );
    }
    // A histogram holds its sum, then one cell per bucket and one for +Inf.
    const width = definition.kind === 'histogram' ? (definition.buckets?.length ?? 0) + 2 : 1;
    families.set(definition.name, {
      definition,
      width,
      offsets: new Map(),
      values: new Map(),
      exemplars: new Map(),
    });
  }
  return families;
}

/** The label values of a sample in the order of the definition; null when a label is unknown. */
function valuesOf(
  definition: MetricDefinition,
  labels: MetricLabels,
  ids: CorrelationIds,
): readonly string[] | null {
  const { labelNames } = definition;
  for (const name of Object.keys(labels)) if (!labelNames.includes(name)) return null;
  const values: string[] = [];
  for (const name of labelNames) {
    const given = Object.hasOwn(labels, name) ? labels[name] : undefined;
    values.push(String(given ?? (Object.hasOwn(ids, name) ? ids[name as CorrelationKey] : '')));
  }
  return values;
}

/** The cells: series found or made, and the three ways to change one. */
function createCells(options: MetricRegistryOptions) {
  const families = familiesOf(options.definitions);
  const rejected = Object.fromEntries(REJECT_REASONS.map((r) => [r, 0])) as Record<
    RejectReason,
    number
  >;
  let cells = new Float64Array(256);
  let used = 0;
  let series = 0;

  const allocate = (width: number): number => {
    if (used + width > cells.length) {
      const grown = new Float64Array(Math.max(cells.length * 2, used + width));
      grown.set(cells);
      cells = grown;
    }
    const at = used;
    used += width;
    series += 1;
    return at;
  };
  const locate = (family: Family, labels: MetricLabels, ids: CorrelationIds): number => {
    const given = valuesOf(family.definition, labels, ids);
    if (given === null) return reject('unknownLabel');
    // Values that need no change are found at once; all others by what they are changed to, so
    // that two texts that are written alike are one series.
    const found = family.offsets.get(keyOf(given));
    if (found !== undefined) return found;
    const values = given.map((value) => wellFormed(value.slice(0, options.labelLengthMax)));
    const key = keyOf(values);
    const known = family.offsets.get(key);
    if (known !== undefined) return known;
    if (series >= options.seriesMax) return reject('seriesLimit');
    const at = allocate(family.width);
    family.offsets.set(key, at);
    family.values.set(key, values);
    return at;
  };
  const reject = (reason: RejectReason): -1 => {
    rejected[reason] += 1;
    return -1;
  };
  const change = (family: Family, at: number, value: number): void => {
    const { kind, buckets = [] } = family.definition;
    if (typeof value !== 'number') reject('badValue');
    else if (kind === 'gauge') cells[at] = value;
    else if (kind === 'counter') {
      if (value >= 0 && value < Infinity) cells[at] = (cells[at] as number) + value;
      else reject('badValue');
    } else if (Number.isFinite(value)) {
      let bucket = 0;
      while (bucket < buckets.length && value > (buckets[bucket] as number)) bucket++;
      cells[at] = (cells[at] as number) + value;
      cells[at + 1 + bucket] = (cells[at + 1 + bucket] as number) + 1;
    } else reject('badValue');
  };
  return { families, rejected, reject, locate, change, cell: (i: number) => cells[i] as number };
}

/**
 * Makes a registry for the given definitions.
 *
 * Recording never throws: a sample that does not fit is counted in `rejected()`.
 *
 * @param options - definitions and bounds
 * @returns the registry
 * @throws QL_METRIC_DEFINITION when a definition is not valid or is given twice
 *
 * @example
 * ```ts
 * import { metricRegistry } from 'quantlaxmi/observability';
 * const metrics = metricRegistry({
 *   definitions: [{ kind: 'counter', name: 'fills_total', help: 'Fills.', labelNames: ['side'] }],
 *   seriesMax: 100,
 *   labelLengthMax: 64,
 * });
 * metrics.add('fills_total', { side: 'buy' }, 2);
 * [...(metrics.read()[0]?.series ?? [])].map((series) => series.value); // => [2]
 * ```
 */
export function metricRegistry(options: MetricRegistryOptions): MetricRegistry {
  const cells = createCells(options);
  const find = (name: string, kind: MetricDefinition['kind']): Family | null => {
    const family = cells.families.get(name);
    if (family === undefined) cells.reject('unknownMetric');
    else if (family.definition.kind !== kind) cells.reject('wrongKind');
    else return family;
    return null;
  };
  const record =
    (kind: MetricDefinition['kind']) =>
    (name: string, labels: MetricLabels, value: number, ids = noCorrelation): void => {
      const family = find(name, kind);
      if (family === null) return;
      const at = cells.locate(family, labels, ids);
      if (at < 0) return;
      cells.change(family, at, value);
      if (kind === 'counter' && namesOne(ids)) family.exemplars.set(at, ids);
    };
  const series = (name: string, labels: MetricLabels, ids = noCorrelation): SeriesHandle => {
    const family = cells.families.get(name);
    if (family === undefined) cells.reject('unknownMetric');
    const at = family === undefined ? -1 : cells.locate(family, labels, ids);
    const by = (kind: MetricDefinition['kind']) => (value: number) => {
      if (family === undefined || at < 0) return;
      if (family.definition.kind === kind) cells.change(family, at, value);
      else cells.reject('wrongKind');
    };
    return { add: by('counter'), set: by('gauge'), observe: by('histogram') };
  };
  return {
    add: record('counter'),
    set: record('gauge'),
    observe: record('histogram'),
    series,
    read: () => [...cells.families.values()].map((family) => readFamily(family, cells.cell)),
    rejected: () => ({ ...cells.rejected }),
  };
}

function* seriesOf(family: Family, cell: (at: number) => number): Generator<MetricSeries> {
  for (const [key, at] of family.offsets) {
    const buckets: number[] = [];
    let total = 0;
    for (let i = 1; i < family.width; i++) {
      total += cell(at + i);
      buckets.push(total);
    }
    yield {
      labelValues: family.values.get(key) ?? [],
      value: cell(at),
      buckets,
      exemplar: family.exemplars.get(at) ?? null,
    };
  }
}

const readFamily = (family: Family, cell: (at: number) => number): MetricFamily => ({
  definition: family.definition,
  series: { [Symbol.iterator]: () => seriesOf(family, cell) },
});
