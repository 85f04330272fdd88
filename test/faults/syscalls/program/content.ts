/** What the writer program appends: every event is known from its `seq` alone. */
import type { Event, EventInput } from '../../../../src/events/index.js';

/** Events of the batch that starts at `first`. */
export const batchSize = (first: number): number => 1 + (first % 5);

/** The batch that starts at `first`. */
export function batchAt(first: number): readonly EventInput[] {
  const due = batchSize(first);
  const event = { t: 'Timer', sv: 1, rx: 10_000, ts: null, src: 'RUNNER' } as const;
  return Array.from({ length: due }, (_, k) => ({
    ...event,
    body: { cause: first + k, due, id: String(first) },
  }));
}

const isRecovery = ({ t, src, body }: Event): boolean =>
  t === 'Session' && src === 'WAL' && (body as { kind?: unknown }).kind === 'recovered';

/** The first place where `events` is not what the program writes; null when it all is. */
export function contentFault(events: readonly Event[]): string | null {
  let at = 0;
  while (at < events.length) {
    const first = at + 1;
    const event = events[at] as Event;
    if (event.seq === first && isRecovery(event)) {
      at += 1;
      continue;
    }
    for (const due of batchAt(first)) {
      const found = events[at];
      if (found === undefined) return `the batch at seq ${first} ends at seq ${at}`;
      const { seq, ...rest } = found;
      if (seq !== at + 1 || JSON.stringify(sorted(rest)) !== JSON.stringify(sorted(due))) {
        return `seq ${at + 1} is ${JSON.stringify(found)}, appended was ${JSON.stringify(due)}`;
      }
      at += 1;
    }
  }
  return null;
}

function sorted(value: object): unknown {
  const { t, sv, rx, ts, src, body } = value as EventInput;
  return [t, sv, rx, ts, src, Object.entries(body).toSorted(([a], [b]) => (a < b ? -1 : 1))];
}
