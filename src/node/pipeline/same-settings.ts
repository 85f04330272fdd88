/** Whether a capture goes on with what its session was begun with. @module */
import { canonicalIntegerJson, type JsonValue, QuantlaxmiError } from '../../core/index.js';
import type { FeedProtocol, RawHead } from '../../venues/feed/index.js';
import type { SessionManifest } from '../../manifest/index.js';

type Settings = { readonly [key: string]: JsonValue };

const TEXT_MAX = 200;

const textOf = (value: JsonValue | undefined): string => {
  const text = value === undefined ? 'none' : canonicalIntegerJson(value);
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}…`;
};

const differs = (name: string, begun: JsonValue | undefined, now: JsonValue | undefined) =>
  `${name} was ${textOf(begun)} and is ${textOf(now)} now`;

const same = (a: JsonValue | undefined, b: JsonValue | undefined): boolean =>
  a === undefined || b === undefined
    ? a === b
    : canonicalIntegerJson(a) === canonicalIntegerJson(b);

/** The first setting that is another, for people; null when there is none. */
export const differentSetting = (begun: Settings, now: Settings): string | null => {
  for (const name of Object.keys({ ...begun, ...now }).sort()) {
    if (!same(begun[name], now[name])) return differs(`setting ${name}`, begun[name], now[name]);
  }
  return null;
};

/** What a capture that goes on is held to. */
export interface Begun {
  readonly dir: string;
  readonly manifest: SessionManifest;
  /** First head of its raw record, where there is one. */
  readonly head: RawHead | null;
}

/**
 * Refuses to go on with a session by another capture than began it: one part of the log would be of
 * other streams, and the raw record would not give the session again.
 *
 * @throws QuantlaxmiError QL_BAD_INPUT
 */
export const assertSameCapture = (
  begun: Begun,
  protocol: FeedProtocol,
  subscriptions: readonly string[] | undefined,
): void => {
  const { capture } = begun.manifest;
  const feed = begun.head?.venue ?? capture.feed.name;
  const asked = [...(subscriptions ?? capture.subscriptions)].sort();
  const before = [...capture.subscriptions].sort();
  const difference =
    (feed === protocol.name ? null : differs('the feed', feed, protocol.name)) ??
    (begun.head === null ? null : differentSetting(begun.head.settings, protocol.settings)) ??
    (same(before, asked) ? null : differs('subscriptions', before, asked));
  if (difference === null) return;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `${begun.dir}: a session goes on as it was begun, but ${difference}; give what it was begun ` +
      'with, or another folder for a session of its own',
    { context: { dir: begun.dir } },
  );
};
