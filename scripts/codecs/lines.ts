/**
 * A tiny indenting line buffer and the pieces that both code generators use.
 * @module
 */

/** Collects generated lines; `{` at the end of a line indents, a leading `}` dedents. */
export class Lines {
  private readonly rows: string[] = [];
  private depth = 0;

  /** Adds rows; an empty row stands for "nothing here". */
  add(...rows: readonly string[]): this {
    for (const given of rows) {
      const row = given.trim();
      if (row === '') continue;
      if (row.startsWith('}')) this.depth--;
      this.rows.push('  '.repeat(this.depth) + row);
      if (row.endsWith('{')) this.depth++;
    }
    return this;
  }

  toString(): string {
    if (this.depth !== 0) throw new Error(`unbalanced braces in generated code: ${this.depth}`);
    return `${this.rows.join('\n')}\n`;
  }
}

/** A single-quoted source literal. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Offset expression: `p`, `p + 3`. */
export function at(offset: number): string {
  return offset === 0 ? 'p' : `p + ${offset}`;
}

/** `out[p] = 44; out[p + 1] = 34; …` and the step, eight stores a row. */
export function storeLiteral(w: Lines, literal: string): void {
  const stores = [...literal].map((c, i) => `o[${at(i)}] = ${c.charCodeAt(0)};`);
  for (let i = 0; i < stores.length; i += 6) w.add(stores.slice(i, i + 6).join(' '));
  w.add(`p += ${literal.length};`);
}

/** `b[p] === 44 && b[p + 1] === 34 && …` */
export function literalTest(literal: string): string {
  return [...literal].map((c, i) => `b[${at(i)}] === ${c.charCodeAt(0)}`).join(' && ');
}

/** `if (b[p] !== 44 || …) throw …; p += n;` */
export function expectLiteral(w: Lines, literal: string, path: string): void {
  const tests = [...literal].map((c, i) => `b[${at(i)}] !== ${c.charCodeAt(0)}`);
  w.add('if (');
  for (let i = 0; i < tests.length; i += 4) {
    const last = i + 4 >= tests.length;
    w.add(`  ${tests.slice(i, i + 4).join(' || ')}${last ? '' : ' ||'}`);
  }
  w.add(`) throw badLiteral(b, p, ${quoted(literal)}, ${path});`, `p += ${literal.length};`);
}

/** Keys in the order RFC 8785 sorts them. */
export function sorted(fields: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(fields).sort();
}
