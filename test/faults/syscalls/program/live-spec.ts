/** What the live trading program is told, as one JSON argument. */
export interface LiveSpec {
  readonly dir: string;
  /** Market events after which it ends in order; 0: it goes on until something halts it. */
  readonly events: number;
  /** Thresholds of the stall watch of both logs, µs. */
  readonly warnUs: number;
  readonly haltUs: number;
  /** The control: orders are sent without waiting for the logs. */
  readonly hasty?: boolean;
}

/** What the program tells when trading has ended, as `R <json>`. */
export interface LiveReport {
  /** Orders given to the venue. */
  readonly sent: number;
  /** Orders given to the venue while their record, or what caused it, was not durable. */
  readonly early: number;
  /** Orders given to the venue after trading was halted. */
  readonly afterHalt: number;
  /** Last `seq` of the run log that an order was sent for. */
  readonly sentSeq: number;
  readonly factsDurable: number;
  readonly runDurable: number;
  readonly factsAppended: number;
  readonly rssMaxMiB: number;
  /** How the trading ended: `finished`, or the runner's code and the one behind it. */
  readonly trading: readonly string[];
  /** How the recording of facts ended: `finished`, or the log's code. */
  readonly facts: string;
}
