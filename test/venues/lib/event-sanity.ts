import { type EventInput, type EventType, type Level, schemaOf } from 'quantlaxmi/events';

/** Longest text a fact may carry: excerpts are bounded. */
const TEXT_MAX = 2048;

const isNatural = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
const isPrice = (n: number): boolean => Number.isSafeInteger(n) && n > 0;
const isSide = (levels: readonly Level[]): boolean =>
  levels.every(([price, qty]) => isPrice(price) && isNatural(qty));

function isOrdered(levels: readonly Level[], direction: 1 | -1): boolean {
  return levels.every((one, i) => {
    const before = levels[i - 1];
    return before === undefined || (one[0] - before[0]) * direction > 0;
  });
}

function quoteSide(price: number | null, qty: number): boolean {
  return price === null ? qty === 0 : isPrice(price) && isNatural(qty);
}

/** What is impossible in the market about an event; empty when nothing is. */
function impossible(event: EventInput): string {
  switch (event.t) {
    case 'Trade':
      return isPrice(event.body.price) && isPrice(event.body.qty) ? '' : 'price or quantity';
    case 'Quote': {
      const { ask, askQty, bid, bidQty } = event.body;
      return quoteSide(ask, askQty) && quoteSide(bid, bidQty) ? '' : 'price or quantity of a side';
    }
    case 'BookDelta': {
      const { asks, bids, firstSeq, lastSeq } = event.body;
      if (!isSide(asks) || !isSide(bids)) return 'price or quantity of a level';
      return isNatural(firstSeq) && firstSeq <= lastSeq ? '' : 'update ids';
    }
    case 'BookSnapshot': {
      const { asks, bids, venueSeq } = event.body;
      if (!isSide(asks) || !isSide(bids)) return 'price or quantity of a level';
      if (!isOrdered(asks, 1) || !isOrdered(bids, -1)) return 'order of levels';
      return isNatural(venueSeq) ? '' : 'update id';
    }
    case 'Funding': {
      const { index, mark } = event.body;
      return isPrice(mark) && (index === null || isPrice(index)) ? '' : 'mark or index price';
    }
    case 'Bar': {
      const { close, high, intervalUs, low, open, volume } = event.body;
      const inside = isPrice(low) && low <= Math.min(open, close) && high >= Math.max(open, close);
      return inside && isNatural(volume) && intervalUs > 0 ? '' : 'shape of the bar';
    }
    case 'Liquidation': {
      const { avgPrice, filledQty, price, qty } = event.body;
      const prices = isNatural(price) && (avgPrice === null || isPrice(avgPrice));
      return prices && isNatural(filledQty) && filledQty <= qty ? '' : 'price or quantity';
    }
    case 'Instrument': {
      const { priceExponent, qtyExponent, tick, lot } = event.body;
      const digits = priceExponent >= -18 && priceExponent <= 0 && qtyExponent >= -18;
      return digits && isPrice(tick) && isPrice(lot) ? '' : 'digits, tick or lot';
    }
    case 'Session': {
      const texts = Object.values(event.body.details).filter((one) => typeof one === 'string');
      if (texts.some((text) => text.length > TEXT_MAX)) return 'length of a text';
      // A control character would move the cursor of whoever reads the log.
      return texts.some((text) => /\p{Cc}/u.test(text)) ? 'control character' : '';
    }
    default:
      return '';
  }
}

/** Checks events as a log would take them, one after another. */
export interface EventSanity {
  /** What is wrong with an event; empty when nothing is. */
  check(event: EventInput): string;
}

/** Makes a check of schema, order of receive times, declaration before use, and market sense. */
export function createEventSanity(): EventSanity {
  const schemas = new Map<EventType, ReturnType<typeof schemaOf>>();
  const declared = new Set<string>();
  let lastRx = 0;
  return {
    check: (event) => {
      let schema = schemas.get(event.t);
      if (schema === undefined) {
        schema = schemaOf(event.t);
        schemas.set(event.t, schema);
      }
      const parsed = schema.safeParse({ seq: 1, ...event });
      if (!parsed.success) return `schema: ${parsed.error.message}`;
      if (event.rx < lastRx) return `receive time ${event.rx} after ${lastRx}`;
      lastRx = event.rx;
      if (event.t === 'Instrument') declared.add(event.body.instrumentId);
      const inst = (event.body as { inst?: string | null }).inst;
      if (typeof inst === 'string' && !declared.has(inst)) return `${inst} is not declared`;
      return impossible(event);
    },
  };
}
