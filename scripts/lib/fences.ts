/** One fenced block of TypeScript and where it stands. */
export interface Fence {
  readonly path: string;
  /** Line of the first line of code, from 1. */
  readonly line: number;
  readonly code: string;
  /** False when the fence says ```ts no-run: compiled only. */
  readonly runs: boolean;
}

const OPEN = /^(\s*)(```+)(ts|typescript)\b *([^`]*)$/;

/** Fences of a Markdown text. ```ts continue appends to the fence before it. */
export const markdownFences = (path: string, text: string, firstLine = 1): Fence[] => {
  const fences: Fence[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i += 1) {
    const open = OPEN.exec(lines[i] ?? '');
    if (open === null) continue;
    const [, indent = '', ticks = '```', , info = ''] = open;
    const start = i + 1;
    let end = start;
    while (end < lines.length && (lines[end] ?? '').trim() !== ticks) end += 1;
    const body = lines.slice(start, end).map((line) => line.replace(indent, ''));
    const last = fences.at(-1);
    if (info.includes('continue') && last !== undefined) {
      const gap = firstLine + start - last.line - last.code.split('\n').length;
      fences[fences.length - 1] = {
        ...last,
        code: [last.code, ...Array<string>(gap).fill(''), ...body].join('\n'),
      };
    } else {
      const line = firstLine + start;
      fences.push({ path, line, code: body.join('\n'), runs: !info.includes('no-run') });
    }
    i = end;
  }
  return fences;
};

/** Fences in the `/** … *\/` comments of a source file. */
export const commentFences = (path: string, text: string): Fence[] => {
  const fences: Fence[] = [];
  for (const match of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const firstLine = text.slice(0, match.index).split('\n').length;
    const body = match[0]
      .replace(/^\/\*\*/, '')
      .replace(/\*\/$/, '')
      .split('\n')
      .map((line) => line.replace(/^\s*\* ?/, ''))
      .join('\n')
      .replaceAll('*\\/', '*/');
    fences.push(...markdownFences(path, body, firstLine));
  }
  return fences;
};
