/**
 * The metrics the SDK itself reports. Labels are few and bounded: ids of single decisions and
 * orders stay in the log records.
 * @module
 */
import type { MetricDefinition } from './metric.js';

const SESSION = ['session_id', 'run_id', 'venue'] as const;
const RUN = ['session_id', 'run_id', 'strategy_id'] as const;

/** Bucket bounds for durations in µs: 50 µs to 10 s. */
const DURATION_BUCKETS_US = [
  50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
  10_000_000,
] as const;

/** Definitions for {@link metricRegistry}; append your own. */
export const STANDARD_METRICS: readonly MetricDefinition[] = [
  {
    kind: 'counter',
    name: 'quantlaxmi_events_total',
    help: 'Events logged, by type.',
    labelNames: [...SESSION, 'type'],
  },
  {
    kind: 'counter',
    name: 'quantlaxmi_gaps_total',
    help: 'Venue sequence gaps recorded as Session facts.',
    labelNames: [...SESSION, 'symbol'],
  },
  {
    kind: 'counter',
    name: 'quantlaxmi_malformed_total',
    help: 'Messages that could not be decoded.',
    labelNames: [...SESSION],
  },
  {
    kind: 'gauge',
    name: 'quantlaxmi_feed_latency_us',
    help: 'Receive time minus venue time of the last event, µs; negative when the clock is behind.',
    labelNames: [...SESSION, 'symbol'],
  },
  {
    kind: 'gauge',
    name: 'quantlaxmi_wal_durable_seq',
    help: 'Highest seq known to be durable.',
    labelNames: ['session_id', 'run_id', 'log'],
  },
  {
    kind: 'histogram',
    name: 'quantlaxmi_wal_flush_us',
    help: 'Time from flush to durable, µs.',
    labelNames: ['session_id', 'run_id', 'log'],
    buckets: [...DURATION_BUCKETS_US],
  },
  {
    kind: 'counter',
    name: 'quantlaxmi_decisions_total',
    help: 'Decisions logged.',
    labelNames: [...RUN],
  },
  {
    kind: 'counter',
    name: 'quantlaxmi_risk_decisions_total',
    help: 'Risk decisions logged, by verdict.',
    labelNames: [...RUN, 'verdict'],
  },
  {
    kind: 'counter',
    name: 'quantlaxmi_orders_total',
    help: 'Order transitions logged, by new state.',
    labelNames: [...RUN, 'state'],
  },
  {
    kind: 'counter',
    name: 'quantlaxmi_fills_total',
    help: 'Fills logged, by liquidity.',
    labelNames: [...RUN, 'liquidity'],
  },
  {
    kind: 'counter',
    name: 'quantlaxmi_log_records_total',
    help: 'Log records written, by level.',
    labelNames: ['level'],
  },
];
