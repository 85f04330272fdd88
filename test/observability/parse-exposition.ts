/**
 * A parser of Prometheus text 0.0.4 and OpenMetrics 1.0, written from their descriptions alone:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 * https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Labels of the exemplar; OpenMetrics only. */
  readonly exemplar?: Readonly<Record<string, string>>;
}

export interface ParsedExposition {
  readonly samples: readonly ParsedSample[];
  readonly types: ReadonlyMap<string, string>;
  readonly helps: ReadonlyMap<string, string>;
}

const unescape = (text: string, quote: boolean): string => {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (char !== '\\') {
      out += char;
      continue;
    }
    i += 1;
    const next = text[i];
    if (next === 'n') out += '\n';
    else if (next === '\\') out += '\\';
    else if (quote && next === '"') out += '"';
    else throw new Error(`bad escape \\${next} in ${JSON.stringify(text)}`);
  }
  return out;
};

const readValue = (text: string): number => {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  if (text === 'NaN') return Number.NaN;
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)) throw new Error(`value ${text}`);
  return Number(text);
};

function readLabels(line: string, from: number): [Record<string, string>, number] {
  const labels: Record<string, string> = {};
  let at = from + 1;
  while (line[at] !== '}') {
    const name = /^[a-zA-Z_][a-zA-Z0-9_]*/.exec(line.slice(at))?.[0];
    if (name === undefined) throw new Error(`label name at ${at} of ${line}`);
    at += name.length;
    if (line.slice(at, at + 2) !== '="') throw new Error(`="" at ${at} of ${line}`);
    at += 2;
    let end = at;
    while (line[end] !== '"') end += line[end] === '\\' ? 2 : 1;
    if (Object.hasOwn(labels, name)) throw new Error(`label ${name} twice`);
    labels[name] = unescape(line.slice(at, end), true);
    at = end + 1;
    if (line[at] === ',') at += 1;
    else if (line[at] !== '}') throw new Error(`, or } at ${at} of ${line}`);
  }
  return [labels, at + 1];
}

function readSample(line: string): ParsedSample {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0];
  if (name === undefined) throw new Error(`sample name: ${line}`);
  const [labels, at] =
    line[name.length] === '{' ? readLabels(line, name.length) : [{}, name.length];
  if (line[at] !== ' ') throw new Error(`blank at ${at} of ${line}`);
  const mark = line.indexOf(' # ', at);
  if (mark < 0) return { name, labels, value: readValue(line.slice(at + 1)) };
  const value = readValue(line.slice(at + 1, mark));
  const [exemplar, end] = readLabels(line, mark + 3);
  const chars = Object.entries(exemplar).reduce((n, [k, v]) => n + k.length + v.length, 0);
  if (chars > 128) throw new Error(`exemplar of ${chars} characters`);
  if (line[end] !== ' ') throw new Error(`blank at ${end} of ${line}`);
  readValue(line.slice(end + 1));
  return { name, labels, value, exemplar };
}

/** Throws on anything the format does not allow. */
export function parseExposition(text: string): ParsedExposition {
  if (!text.endsWith('\n')) throw new Error('the last line must end with a line feed');
  const samples: ParsedSample[] = [];
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  const seen = new Set<string>();
  for (const line of text.slice(0, -1).split('\n')) {
    const meta = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s.exec(line);
    if (meta !== null) {
      const [, kind, name = '', rest = ''] = meta;
      const into = kind === 'HELP' ? helps : types;
      if (into.has(name)) throw new Error(`${kind} of ${name} twice`);
      if (samples.some((sample) => sample.name === name)) throw new Error(`${kind} after samples`);
      into.set(name, kind === 'HELP' ? unescape(rest, false) : rest);
      continue;
    }
    const sample = readSample(line);
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (seen.has(key)) throw new Error(`sample twice: ${line}`);
    seen.add(key);
    samples.push(sample);
  }
  return { samples, types, helps };
}

/** Reads OpenMetrics: the end mark, `_total` on counters, exemplars on them alone. */
export function parseOpenMetrics(text: string): ParsedExposition {
  const end = '# EOF\n';
  if (!text.endsWith(end)) throw new Error('no end mark');
  const parsed = parseExposition(text.slice(0, -end.length));
  for (const { name, exemplar } of parsed.samples) {
    const counter = parsed.types.get(name.replace(/_total$/, '')) === 'counter';
    if (counter !== name.endsWith('_total')) throw new Error(`${name} is misnamed`);
    if (exemplar !== undefined && !counter) throw new Error(`exemplar on ${name}`);
  }
  return parsed;
}
