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

/** Four characters as the little-endian word that stores them. */
function word(literal: string, from: number): string {
  let value = 0;
  for (let i = 3; i >= 0; i--) value = value * 256 + literal.charCodeAt(from + i);
  return `0x${value.toString(16)}`;
}

/** Stores a literal four bytes at a time, the last word over the one before if need be. */
export function storeLiteral(w: Lines, literal: string): void {
  if (literal === '') return;
  w.add(`// ${literal}`);
  const n = literal.length;
  if (n < 4) {
    for (let i = 0; i < n; i++) w.add(`d.setUint8(${at(i)}, ${literal.charCodeAt(i)});`);
  } else {
    for (let i = 0; i + 4 <= n; i += 4) w.add(`d.setInt32(${at(i)}, ${word(literal, i)}, true);`);
    if (n % 4 !== 0) w.add(`d.setInt32(${at(n - 4)}, ${word(literal, n - 4)}, true);`);
  }
  w.add(`p += ${n};`);
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
