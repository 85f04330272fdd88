/** A small reader of well-formed XML 1.0 without DTD, strict where the writer could go wrong. */
export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlNode[];
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

function unescape(text: string): string {
  // Characters XML 1.0 section 2.2 does not allow, also when they are lone surrogates.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/u.test(text)) {
    throw new Error('character that XML does not allow');
  }
  if (text.includes('<')) throw new Error('< in text');
  return text.replace(/&([^;&]*)(;?)/g, (_all, name: string, end: string) => {
    const code = /^#(\d+)$/.exec(name)?.[1];
    const value = code === undefined ? ENTITIES[name] : String.fromCodePoint(Number(code));
    if (end === '' || value === undefined) throw new Error(`bad reference &${name}`);
    return value;
  });
}

function readAttributes(text: string): Record<string, string> {
  const out: Record<string, string> = {};
  let rest = text;
  while (rest.trim() !== '') {
    const found = /^\s+([A-Za-z_][\w.-]*)="([^"]*)"/.exec(rest);
    if (found === null) throw new Error(`attributes: ${rest}`);
    // Attribute-value normalisation (section 3.3.3): literal white space becomes a blank.
    out[found[1] as string] = unescape((found[2] as string).replace(/[\t\n\r]/g, ' '));
    rest = rest.slice(found[0].length);
  }
  return out;
}

/** Reads a document; throws when it is not well-formed. */
export function parseXml(xml: string): XmlNode {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!xml.startsWith(declaration)) throw new Error('no declaration');
  const top: XmlNode = { name: '', attributes: {}, children: [], text: '' };
  const stack: XmlNode[] = [top];
  let at = declaration.length;
  while (at < xml.length) {
    const node = stack.at(-1) as XmlNode;
    const open = xml.indexOf('<', at);
    const text = xml.slice(at, open < 0 ? xml.length : open);
    if (text.includes(']]>')) throw new Error(']]> in text');
    node.text += unescape(text);
    if (open < 0) break;
    const close = xml.indexOf('>', open);
    const tag = xml.slice(open + 1, close);
    at = close + 1;
    if (tag.startsWith('/')) {
      if (tag.slice(1) !== node.name || stack.length === 1) throw new Error(`</${tag}`);
      stack.pop();
      continue;
    }
    const empty = tag.endsWith('/');
    const inner = empty ? tag.slice(0, -1) : tag;
    const name = /^[A-Za-z_][\w.-]*/.exec(inner)?.[0];
    if (name === undefined) throw new Error(`tag ${tag}`);
    const attributes = readAttributes(inner.slice(name.length));
    const child: XmlNode = { name, attributes, children: [], text: '' };
    node.children.push(child);
    if (!empty) stack.push(child);
  }
  if (stack.length !== 1 || top.children.length !== 1) throw new Error('not one root');
  return top.children[0] as XmlNode;
}
