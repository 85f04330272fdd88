/** Words that must not be in the project, each with what to write instead. */
export const BANNED_WORDS: readonly { readonly word: RegExp; readonly instead: string }[] = [
  { word: /\b(TODO|FIXME|HACK|XXX)\b/, instead: 'finish it, or state the limit as a sentence' },
  { word: /\bnot (yet )?implemented\b/i, instead: 'build it, or say what is out of scope' },
  { word: /\bissues? #?\d+(\/\d+)?\b/i, instead: 'state the reason itself' },
  { word: /\b(ticket|pull request|PR) #?\d+\b/i, instead: 'state the reason itself' },
  { word: /\b(helper|sub-?|coding|AI) ?agents?\b/i, instead: 'describe the code, not its making' },
  { word: /\b(LLM|ChatGPT|Claude|Copilot)\b/, instead: 'describe the code, not its making' },
  { word: /\bthis (work )?session of work\b/i, instead: 'describe the code, not its making' },
  { word: /\bcontract doc(ument)?\b/i, instead: 'name the document of this project' },
  { word: /\b(HOUSE|EVENTS|FIELD|STYLE|PACKAGES|ALGORITHMS|CLI)\.md\b/, instead: 'name our own' },
  { word: /\b(simply|obviously|blazing(ly)?|seamless(ly)?|leverag(e|es|ing))\b/i, instead: 'drop' },
];

/** Places where a banned word is the subject itself. */
export const WORDS_ALLOWED_IN: readonly string[] = [
  'test/architecture/lib/words.data.ts',
  'test/architecture/words.test.ts',
  'test/risk/liquidation.test.ts',
];
