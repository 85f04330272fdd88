/** A divergence in words, for a terminal or a report. @module */
import { canonicalIntegerJson, escapeControl } from '../core/index.js';
import type { Event, EventInput } from '../events/index.js';
import type { Divergence, DivergenceKind, TracedOutput } from './divergence.js';

const KIND_TEXT: Readonly<Record<DivergenceKind, string>> = {
  different: 'record and replay made different outputs',
  extra: 'the replay made an output that the record lacks',
  missing: 'the record holds an output that the replay did not make',
  error: 'the engine failed while replaying',
  state: 'every output is equal, the final state is not',
  trace: 'every output is equal, the trace started from another configuration',
};

const LINE_CHARS_MAX = 2000;
/** Context is for orientation; its full bodies are in the result. */
const CONTEXT_CHARS_MAX = 240;
const FIELDS_SHOWN_MAX = 40;

function line(value: unknown, charsMax = LINE_CHARS_MAX): string {
  const text = escapeControl(canonicalIntegerJson(value));
  return text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
}

function output(label: string, value: TracedOutput | null): string {
  return `  ${label} ${value === null ? '(nothing)' : line(value)}`;
}

function event(item: Event | EventInput): string {
  const seq = 'seq' in item ? `${item.seq}` : '-';
  return `  ${seq} ${item.t} rx=${item.rx} ${item.src} ${line(item.body, CONTEXT_CHARS_MAX)}`;
}

/**
 * Lines that say where a replay parted from its record, what each side has there, which fields
 * differ, what explains it, and what came before.
 *
 * @param divergence - from a replay's result
 * @returns lines without line feeds; text from the log has its control characters escaped
 */
export function describeDivergence(divergence: Divergence): readonly string[] {
  const { bindings, context, fieldDiff } = divergence;
  const unchecked = Object.entries(bindings).flatMap(([key, s]) =>
    s === 'unchecked' ? [key] : [],
  );
  const differing = Object.entries(bindings).flatMap(([key, s]) => (s === 'differs' ? [key] : []));
  const { kind } = divergence;
  const later = (side: 'extra' | 'missing'): string => (kind === side ? ', next output' : '');
  const lines = [
    `output ${divergence.index}, after input seq ${divergence.cause}: ${KIND_TEXT[kind]}`,
    `class ${divergence.class}: ${
      differing.length === 0
        ? 'nothing that was compared differs'
        : `${differing.join(', ')} ${differing.length === 1 ? 'differs' : 'differ'} from the recorded run`
    }${unchecked.length === 0 ? '' : `; not compared: ${unchecked.join(', ')}`}`,
    output(`recorded${later('extra')}:`, divergence.recorded),
    output(`replayed${later('missing')}:`, divergence.replayed),
  ];
  if (divergence.error !== '') lines.push(`  error: ${escapeControl(divergence.error)}`);
  for (const { path, left, right } of fieldDiff.slice(0, FIELDS_SHOWN_MAX)) {
    const shown = (text: string | undefined): string => escapeControl(text ?? '(absent)');
    lines.push(`  field ${escapeControl(path)}: recorded ${shown(left)}, replayed ${shown(right)}`);
  }
  if (context.stateHash !== null) lines.push(`state of the replay: ${context.stateHash}`);
  lines.push(`last ${context.inputs.length} inputs, the last one in hand:`);
  lines.push(...context.inputs.map(event));
  lines.push(`last ${context.outputs.length} equal outputs:`);
  lines.push(...context.outputs.map((item) => `  ${line(item, CONTEXT_CHARS_MAX)}`));
  return lines;
}
