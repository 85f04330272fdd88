/**
 * A policy in which every check of the registry stands, as plain JSON: for tests and benchmarks of
 * the whole. Its limits are wide; a test narrows the one it is about.
 * @module
 */

/** What the policy is for. */
export interface PolicyTarget {
  readonly inst: string;
  /** Base of the instrument, as freeze quantities name it. */
  readonly venue: string;
  readonly settle: string;
  /** Position limit, decimal text. */
  readonly qtyMax: string;
  /** Checks by name that are left out, for data that cannot feed them. */
  readonly without?: readonly string[];
}

const DAY = { utcOffsetMinutes: 0, open: '00:00', close: '24:00', weekdays: [1, 2, 3, 4, 5, 6, 7] };

const brackets = [
  { floor: '0', cap: '5000000', maintMarginRatio: '0.004', initialLeverage: 125, cum: '0' },
  {
    floor: '5000000',
    cap: '1000000000',
    maintMarginRatio: '0.005',
    initialLeverage: 100,
    cum: '5000',
  },
];

/** Checks of the whole registry, one each; rates stand twice. */
export function fullChecks({ inst, qtyMax, settle, venue, without = [] }: PolicyTarget) {
  const wide = { grossMax: '100000000', netMax: '100000000' };
  const checks: { readonly check: string; readonly [limit: string]: unknown }[] = [
    { check: 'maxQty', qtyMax: { [inst]: '100' } },
    { check: 'freezeQty', qtyMax: { [inst]: '100' } },
    { check: 'maxNotional', notionalMax: { [settle]: '10000000' } },
    { check: 'maxOrderValue', currency: settle, valueMax: '10000000', rateAgeMaxUs: 1_000_000 },
    { check: 'maxPosition', qtyMax: { [inst]: qtyMax } },
    ...(['instrument', 'venue', 'strategy', 'account'] as const).map((scope) => ({
      check: 'maxExposure',
      scope,
      currency: settle,
      limits: { '*': wide },
      ageMaxUs: 60_000_000,
      allowReducing: true,
    })),
    { check: 'cashCover', feePpm: 1_000, shortAllowed: [], otherClasses: 'allow' },
    {
      check: 'marginCover',
      currency: settle,
      instruments: { [inst]: { initialLeverage: 10, brackets } },
      bufferMin: '0',
      maintenanceMaxPpm: 800_000,
      liquidation: null,
      ageMaxUs: 60_000_000,
      allowReducing: true,
      otherClasses: 'allow',
    },
    {
      check: 'spanMargin',
      currency: 'INR',
      lots: { 'NSE:FO:NIFTY26NOVFUT': { span: '100000', exposure: '20000' } },
      funds: 'cash',
      bufferMin: '0',
      allowReducing: true,
      otherClasses: 'allow',
    },
    {
      check: 'dailyLoss',
      currency: settle,
      lossMax: '5000',
      ageMaxUs: 60_000_000,
      allowReducing: true,
    },
    { check: 'drawdown', fallMaxPpm: 900_000, ageMaxUs: 60_000_000, allowReducing: true },
    { check: 'consecutiveLosses', lossesMax: 10_000, allowReducing: true },
    {
      check: 'volatilityHalt',
      windowUs: 1_000_000,
      rangeMaxBps: 5_000,
      partial: 'judge',
      allowReducing: true,
    },
    { check: 'toxicity', ppmMax: 900_000, allowReducing: true },
    { check: 'regime', allowed: { trend: ['up', 'down', 'flat'] }, allowReducing: true },
    { check: 'clockError', errorMaxUs: 500_000 },
    { check: 'quoteAge', ageMaxUs: 60_000_000 },
    { check: 'priceBand', bands: { [inst]: { low: '1', high: '1000000' } }, untilUs: null },
    {
      check: 'priceCollar',
      reference: 'mid',
      ageMaxUs: 60_000_000,
      bands: { '*': { bps: 2_000, passiveBps: 5_000 } },
    },
    { check: 'spreadBounds', bounds: { '*': { maxTicks: 1_000 } } },
    { check: 'liquidityFloor', shareMaxPpm: 1_000_000, withinBps: 5_000 },
    {
      check: 'inSession',
      schedules: { [venue]: { ...DAY, holidays: [], special: [] } },
      untilUs: null,
    },
    { check: 'selfTrade', mode: 'cancelNewest' },
    { check: 'openOrders', scope: 'account', ordersMax: 5_000 },
    { check: 'maxOrderRate', orders: 1_000_000, perUs: 1_000 },
    {
      check: 'orderRate',
      scope: 'strategy',
      orders: 1_000,
      perUs: 1_000,
      method: 'window',
      counts: 'messages',
    },
    {
      check: 'orderRate',
      scope: 'venue',
      orders: 300_000,
      perUs: 10_000,
      method: 'bucket',
      counts: 'orders',
    },
    { check: 'messageToFill', messagesPerFill: 1_000, graceMessages: 1_000_000 },
    { check: 'duplicateOrder', windowUs: 1, sameMax: 100 },
  ];
  return checks.filter(({ check }) => !without.includes(check));
}

/** The other parts: reporting currency, order time-outs, what to do where the venue differs. */
export const fullParts = (settle: string) => ({
  account: { currency: settle, rates: {}, dayStartUs: 0, lots: 'average' },
  orders: { ackTimeoutUs: 1_000_000, changeTimeoutUs: 1_000_000, queryEveryUs: 1_000_000 },
  reconcile: {
    before: 'firstOrderAndReconnect',
    foreignOrders: 'cancel',
    missingOrders: 'adopt',
    positions: 'adopt',
    balances: 'adopt',
    balanceTolerance: '0.01',
    timeoutUs: 5_000_000,
  },
});

/** A ladder over every metric that has one scope for the whole run. */
export const fullLadder = () => ({
  triggers: [
    {
      id: 'day',
      metric: 'dailyLoss',
      markAgeMaxUs: 60_000_000,
      scope: 'all',
      warn: '100',
      throttle: '500',
      halt: '1000',
      clearPpm: 500_000,
      unknown: 'throttle',
    },
    {
      id: 'fall',
      metric: 'drawdownPpm',
      markAgeMaxUs: 60_000_000,
      scope: 'account',
      warn: '100000',
      halt: '500000',
      clearPpm: 500_000,
      unknown: 'throttle',
    },
    {
      id: 'rejects',
      metric: 'rejects',
      scope: 'strategy',
      warn: '20',
      clearPpm: 500_000,
      unknown: 'normal',
      windowUs: 1_000_000,
    },
    {
      id: 'unknown',
      metric: 'unknownOrders',
      scope: 'all',
      warn: '1',
      throttle: '4',
      halt: '50',
      clearPpm: 1_000_000,
      unknown: 'halt',
    },
    {
      id: 'log',
      metric: 'logHealth',
      scope: 'all',
      throttle: '1',
      halt: '2',
      clearPpm: 1_000_000,
      unknown: 'halt',
    },
  ],
  throttleSizePpm: 500_000,
  throttleRatePpm: 500_000,
  coolDownUs: 1_000_000,
  everyUs: 10_000,
  haltCancels: true,
  haltFlattens: false,
});

/** The whole policy, ready for `parseRiskPolicy`. */
export const fullPolicySpec = (target: PolicyTarget) => ({
  fmt: 'quantlaxmi-risk/1',
  checks: fullChecks(target),
  ...fullParts(target.settle),
  ladder: fullLadder(),
});
