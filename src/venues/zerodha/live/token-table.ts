/**
 * Which connection carries which token, and in which mode. A token stays on its connection for as
 * long as it is wanted.
 * @module
 */
import { QuantlaxmiError } from '../../../core/index.js';
import { KITE_TICKER } from '../rest/limits.data.js';
import type { KiteMode } from '../ticks.js';

/** Tokens of one connection. */
export interface TokenShare {
  /** Id of the feed's link: `0`, `1`, `2`. */
  readonly link: string;
  readonly modes: ReadonlyMap<number, KiteMode>;
}

interface Share extends TokenShare {
  readonly modes: Map<number, KiteMode>;
}

/** What a change asks of one connection. */
export interface TokenChange {
  readonly link: string;
  readonly tokens: readonly number[];
}

/** How tokens are spread over connections; limits of {@link KITE_TICKER} unless given. */
export interface TokenLimits {
  readonly tokensMax: number;
  readonly connectionsMax: number;
}

/** A token is 32 bits wide on the wire. */
const TOKEN_MAX = 4_294_967_295;

const isToken = (token: number): boolean =>
  Number.isSafeInteger(token) && token > 0 && token <= TOKEN_MAX;

const grouped = (pairs: readonly (readonly [Share, number])[]): TokenChange[] => {
  const groups = new Map<string, number[]>();
  for (const [{ link }, token] of pairs) {
    const tokens = groups.get(link);
    if (tokens === undefined) groups.set(link, [token]);
    else tokens.push(token);
  }
  return [...groups].map(([link, tokens]) => ({ link, tokens }));
};

/** Tokens and their connections. The first connection is always there: order updates come on it. */
export class TokenTable {
  readonly #limits: TokenLimits;
  readonly #shares: Share[] = [{ link: '0', modes: new Map() }];
  readonly #byToken = new Map<number, Share>();

  constructor(limits: TokenLimits = KITE_TICKER) {
    this.#limits = limits;
  }

  get shares(): readonly TokenShare[] {
    return this.#shares;
  }

  get size(): number {
    return this.#byToken.size;
  }

  share(link: string): TokenShare | null {
    return this.#shares.find((one) => one.link === link) ?? null;
  }

  has(token: number): boolean {
    return this.#byToken.has(token);
  }

  /** Those of the tokens whose mode is full. */
  full(tokens: readonly number[]): ReadonlySet<number> {
    return new Set(tokens.filter((one) => this.#byToken.get(one)?.modes.get(one) === 'full'));
  }

  /**
   * Adds tokens, or sets their mode where they are there already.
   *
   * @returns tokens new to each connection, and tokens whose mode changed
   * @throws QuantlaxmiError QL_KITE_LIMIT when there would be more tokens than connections can
   * carry, QL_BAD_INPUT for what is no token; nothing is changed then
   */
  set(
    tokens: readonly number[],
    mode: KiteMode,
  ): { readonly added: TokenChange[]; readonly changed: TokenChange[] } {
    const fresh = this.#checked(tokens);
    const changed: (readonly [Share, number])[] = [];
    for (const token of new Set(tokens)) {
      const share = this.#byToken.get(token);
      if (share === undefined || share.modes.get(token) === mode) continue;
      share.modes.set(token, mode);
      changed.push([share, token]);
    }
    const added = fresh.map((token) => {
      const share = this.#roomy();
      share.modes.set(token, mode);
      this.#byToken.set(token, share);
      return [share, token] as const;
    });
    return { added: grouped(added), changed: grouped(changed) };
  }

  /** Takes tokens off: those that were there, by connection. An empty connection is given up. */
  remove(tokens: readonly number[]): TokenChange[] {
    const removed: (readonly [Share, number])[] = [];
    for (const token of new Set(tokens)) {
      const share = this.#byToken.get(token);
      if (share === undefined) continue;
      share.modes.delete(token);
      this.#byToken.delete(token);
      removed.push([share, token]);
    }
    for (let at = this.#shares.length - 1; at > 0; at -= 1) {
      if (this.#shares[at]?.modes.size === 0) this.#shares.splice(at, 1);
    }
    return grouped(removed);
  }

  #checked(tokens: readonly number[]): number[] {
    const wrong = tokens.find((token) => !isToken(token));
    if (wrong !== undefined) {
      throw new QuantlaxmiError(
        'QL_BAD_INPUT',
        `instrument token ${wrong}: expected an integer from 1 to 4294967295, as instrument_token ` +
          'of the instruments dump',
      );
    }
    const fresh = [...new Set(tokens)].filter((token) => !this.#byToken.has(token));
    const { tokensMax, connectionsMax } = this.#limits;
    const total = this.#byToken.size + fresh.length;
    if (total > tokensMax * connectionsMax) {
      throw new QuantlaxmiError(
        'QL_KITE_LIMIT',
        `${total} instruments: the ticker streams ${tokensMax} on a connection and allows ` +
          `${connectionsMax} connections for an API key, ${tokensMax * connectionsMax} in all. ` +
          'Take fewer, or a second API key with a capture of its own',
        { context: { tokens: total, tokensMax, connectionsMax } },
      );
    }
    return fresh;
  }

  #roomy(): Share {
    const found = this.#shares.find(({ modes }) => modes.size < this.#limits.tokensMax);
    if (found !== undefined) return found;
    const ids = new Set(this.#shares.map(({ link }) => link));
    let id = 0;
    while (ids.has(id.toString())) id += 1;
    const share: Share = { link: id.toString(), modes: new Map() };
    this.#shares.push(share);
    return share;
  }
}
