import fc from 'fast-check';
import type { CashFlowBody, FillBody, InstrumentBody } from 'quantlaxmi/events';
import { fill, flow, instrument } from './lib.js';

/** What trades in the random accounts: linear, whole value, inverse, and an option with a lot. */
export const WORLD: readonly InstrumentBody[] = [
  instrument({ instrumentId: 'SIM:X:PERP' }),
  instrument({ instrumentId: 'SIM:X:SPOT', class: 'spot', priceExponent: 0, qtyExponent: -5 }),
  instrument({
    instrumentId: 'SIM:X:INVERSE',
    inverse: true,
    multiplier: '100',
    settle: 'BTC',
    quote: 'USD',
    priceExponent: -1,
    qtyExponent: 0,
  }),
  instrument({
    instrumentId: 'SIM:X:OPTION',
    class: 'option',
    right: 'call',
    strike: 1,
    multiplier: '0.001',
    priceExponent: -8,
    qtyExponent: 0,
  }),
];

export type Command =
  | { readonly do: 'fill'; readonly inst: InstrumentBody; readonly body: FillBody }
  | { readonly do: 'flow'; readonly inst: InstrumentBody | null; readonly body: CashFlowBody }
  /** Closes what is held of `inst`, whatever that is, at `price`; `amount` is worked out late. */
  | {
      readonly do: 'settle';
      readonly inst: InstrumentBody;
      readonly price: number;
      readonly flowId: string;
    }
  | { readonly do: 'mark'; readonly inst: InstrumentBody; readonly price: number }
  | { readonly do: 'wait'; readonly us: number };

const anyInst = fc.constantFrom(...WORLD);
const price = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 1_000_000 }));
const currency = fc.constantFrom('USDT', 'BTC', 'BNB');

const aFill = fc
  .record({
    inst: anyInst,
    price,
    qty: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5_000 })),
    side: fc.constantFrom('buy' as const, 'sell' as const),
    fee: fc.integer({ min: -5_000, max: 100_000 }),
    feeCurrency: currency,
  })
  .map(({ inst, ...part }): Command => {
    return { do: 'fill', inst, body: fill({ ...part, inst: inst.instrumentId }) };
  });

const aFlow = fc
  .record({
    inst: fc.option(anyInst, { nil: null }),
    kind: fc.constantFrom('funding', 'dividend', 'interest', 'transfer', 'fee', 'rebate'),
    amount: fc.integer({ min: -900_000, max: 900_000 }),
    currency,
    again: fc.boolean(),
  })
  .map(({ inst, kind, amount, ...rest }): Command => {
    const text = `${amount < 0 ? '-' : ''}${Math.abs(amount)}.25`;
    const body = flow({ ...rest, kind: kind as CashFlowBody['kind'], amount: text });
    const { again: _, ...clean } = body as CashFlowBody & { again: boolean };
    return { do: 'flow', inst, body: { ...clean, inst: inst?.instrumentId ?? null } };
  });

const aSettle = fc
  .record({ inst: anyInst, price })
  .map((part): Command => ({ do: 'settle', ...part, flowId: flow().flowId }));

const aMark = fc.record({ inst: anyInst, price }).map((part): Command => ({ do: 'mark', ...part }));

const aWait = fc
  .oneof(fc.integer({ min: 0, max: 10 ** 9 }), fc.integer({ min: 0, max: 3 * 86_400 * 10 ** 6 }))
  .map((us): Command => ({ do: 'wait', us }));

/** Commands on the accounts of the property tests. */
export const commands = (kinds: { readonly marks: boolean }): fc.Arbitrary<Command[]> => {
  const books = [
    { weight: 8, arbitrary: aFill },
    { weight: 2, arbitrary: aFlow },
    { weight: 1, arbitrary: aSettle },
  ];
  const more = [
    { weight: 6, arbitrary: aMark },
    { weight: 2, arbitrary: aWait },
  ];
  const all = kinds.marks ? [...books, ...more] : books;
  return fc.array(fc.oneof(...all), { minLength: 1, maxLength: 40 });
};
