/**
 * Metric definitions: a name, its kind, its labels. A metric that is not defined is not recorded.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { CorrelationIds } from './correlation.js';

/** Kind of a metric. */
export type MetricKind = 'counter' | 'gauge' | 'histogram';

/** What a metric is; everything about it that is fixed before the first sample. */
export interface MetricDefinition {
  readonly kind: MetricKind;
  /** `[a-zA-Z_:][a-zA-Z0-9_:]*`; a counter's name ends in `_total`, units come last. */
  readonly name: string;
  readonly help: string;
  /** A correlation id named here is filled from the bound ids when the sample does not give it. */
  readonly labelNames: readonly string[];
  /** Upper bounds of the buckets, ascending, without +Inf; histograms only. */
  readonly buckets?: readonly number[];
}

/** Values of one series. A histogram's `buckets` are cumulative and end with the +Inf bucket. */
export interface MetricSeries {
  readonly labelValues: readonly string[];
  /** Counter or gauge value; the sum of the observations for a histogram. */
  readonly value: number;
  readonly buckets: readonly number[];
  /** Ids of the last decision, check or order a counter counted; null when it had none. */
  readonly exemplar: CorrelationIds | null;
}

/** A metric with its series, as it stands now. */
export interface MetricFamily {
  readonly definition: MetricDefinition;
  /** In the order in which they were first recorded; made one by one as they are asked for. */
  readonly series: Iterable<MetricSeries>;
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Prometheus reserves `le` for bucket bounds and names that start with `__`. */
const isLabelName = (name: string): boolean =>
  LABEL_NAME.test(name) && name !== 'le' && !name.startsWith('__');

function refuse(definition: MetricDefinition, found: string, expected: string): never {
  throw new QuantlaxmiError(
    'QL_METRIC_DEFINITION',
    `metric "${definition.name}": found ${found}, expected ${expected}; correct the definition`,
    { context: { metric: definition.name } },
  );
}

/** Refuses a definition that the exposition format could not carry. */
export function checkDefinition(definition: MetricDefinition): void {
  const { name, kind, labelNames, buckets = [] } = definition;
  if (!METRIC_NAME.test(name)) refuse(definition, 'that name', '[a-zA-Z_:][a-zA-Z0-9_:]*');
  if (kind === 'counter' && !name.endsWith('_total')) {
    refuse(definition, 'a counter with that name', 'a name that ends in _total');
  }
  for (const label of labelNames) {
    if (!isLabelName(label)) refuse(definition, `label "${label}"`, '[a-zA-Z_][a-zA-Z0-9_]*');
  }
  if (new Set(labelNames).size !== labelNames.length) {
    refuse(definition, 'a label named twice', 'each label once');
  }
  if (kind !== 'histogram' && buckets.length > 0) refuse(definition, 'buckets', 'a histogram');
  if (kind === 'histogram' && buckets.length === 0) refuse(definition, 'no buckets', 'one or more');
  buckets.forEach((bound, i) => {
    if (!Number.isFinite(bound) || (i > 0 && bound <= (buckets[i - 1] as number))) {
      refuse(definition, `bucket bound ${bound}`, 'finite bounds in ascending order');
    }
  });
}
