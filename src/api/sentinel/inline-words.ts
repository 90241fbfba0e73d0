/** The words of a command typed by hand, as Redis splits them (`sdssplitargs`): with quotes and escapes. */

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

/** Undefined when a quote is not closed, or is followed by something other than a space. */
export function inlineWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let at = 0;
  while (at < line.length) {
    if (isSpace(line[at])) {
      at += 1;
      continue;
    }
    const word = readWord(line, at);
    if (word === undefined) return undefined;
    words.push(word.text);
    at = word.end;
  }
  return words;
}

interface Piece {
  readonly text: string;
  readonly end: number;
}

function readWord(line: string, from: number): Piece | undefined {
  let text = '';
  let at = from;
  while (at < line.length && !isSpace(line[at])) {
    const mark = line[at];
    if (mark !== '"' && mark !== "'") {
      text += mark;
      at += 1;
      continue;
    }
    const quoted = mark === '"' ? readDouble(line, at + 1) : readSingle(line, at + 1);
    if (quoted === undefined) return undefined;
    if (quoted.end < line.length && !isSpace(line[quoted.end])) return undefined;
    return { text: text + quoted.text, end: quoted.end };
  }
  return { text, end: at };
}

function readDouble(line: string, from: number): Piece | undefined {
  let text = '';
  for (let at = from; at < line.length; at++) {
    const mark = line[at] ?? '';
    if (mark === '"') return { text, end: at + 1 };
    if (mark !== '\\') {
      text += mark;
      continue;
    }
    const hex = /^x([0-9a-fA-F]{2})/.exec(line.slice(at + 1, at + 4))?.[1];
    const next = line[at + 1];
    if (next === undefined) return undefined;
    text += hex === undefined ? (ESCAPES[next] ?? next) : String.fromCharCode(Number.parseInt(hex, 16));
    at += hex === undefined ? 1 : 3;
  }
  return undefined;
}

function readSingle(line: string, from: number): Piece | undefined {
  let text = '';
  for (let at = from; at < line.length; at++) {
    if (line[at] === "'") return { text, end: at + 1 };
    if (line[at] === '\\' && line[at + 1] === "'") at += 1;
    text += line[at];
  }
  return undefined;
}

const isSpace = (mark: string | undefined): boolean => mark !== undefined && /\s/.test(mark);
