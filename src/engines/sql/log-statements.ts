/**
 * Splits what mysqlbinlog or mariadb-binlog prints into statements, by the rules of the client that it is printed
 * for: DELIMITER lines, strings and quoted names, comments (`add_line` in the client's mysql.cc). Pure. A character
 * is a byte (latin1), since a log may hold text in any character set and no text at all.
 */

const delimiterLine = /^DELIMITER (\S+)[ \t]*\r?$/i;
const sqlMode = /^SET @@session\.sql_mode=(\d+)/i;
/** MODE_NO_BACKSLASH_ESCAPES: in strings `\` means itself. */
const noBackslashEscapes = 1n << 20n;

/** In a comment nothing counts but its end. One that begins with an exclamation mark is code. */
type Within = Quote | 'comment';
type Quote = "'" | '"' | '`';

const notable = (delimiter: string): RegExp =>
  new RegExp(`['"\`#/-]|${delimiter.replace(/[^a-z0-9]/gi, '\\$&')}`, 'g');

/** What may end a string, or not count within it. */
const inQuote: Readonly<Record<Quote, RegExp>> = { "'": /['\\]/g, '"': /["\\]/g, '`': /`/g };

export class LogStatements {
  readonly #onComment: (line: string) => void;
  #delimiter = ';';
  #notable = notable(';');
  #line = '';
  /** The statement so far, by lines: one may have megabytes. */
  #parts: string[] = [];
  #within: Within | undefined;
  #escapes = true;

  /** `onComment` is told each of the tool's own comments, in their place between the statements. */
  constructor(onComment: (line: string) => void = () => undefined) {
    this.#onComment = onComment;
  }

  /** Statements that are complete with this chunk. */
  *take(chunk: string): Generator<string> {
    if (!chunk.includes('\n')) {
      this.#line += chunk;
      return;
    }
    const lines = (this.#line + chunk).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) yield* this.#takeLine(line);
  }

  /** What was left without a line's end. A statement without its delimiter is not one. */
  *end(): Generator<string> {
    const last = this.#line;
    this.#line = '';
    if (last !== '') yield* this.#takeLine(last);
  }

  *#takeLine(line: string): Generator<string> {
    if (this.#parts.length === 0 && this.#within === undefined) {
      const delimiter = delimiterLine.exec(line)?.[1];
      if (delimiter !== undefined) {
        this.#delimiter = delimiter;
        this.#notable = notable(delimiter);
        return;
      }
      if (line.startsWith('#')) {
        this.#onComment(line);
        return;
      }
      if (isBlank(line)) return;
    }
    yield* this.#scan(line);
  }

  *#scan(line: string): Generator<string> {
    let from = 0;
    for (let at = this.#next(line, 0); at < line.length; at = this.#next(line, at)) {
      if (this.#within === undefined && line.startsWith(this.#delimiter, at)) {
        yield* this.#complete(line.slice(from, at));
        at += this.#delimiter.length;
        from = at;
      } else {
        at = this.#pass(line, at);
      }
    }
    const rest = line.slice(from);
    if (this.#parts.length > 0 || !isBlank(rest)) this.#parts.push(rest);
  }

  /** The next place at or after `from` that may change anything. */
  #next(line: string, from: number): number {
    const what = this.#within;
    if (what === 'comment') {
      const end = line.indexOf('*/', from);
      return end < 0 ? line.length : end;
    }
    const looked = what === undefined ? this.#notable : inQuote[what];
    looked.lastIndex = from;
    return looked.exec(line)?.index ?? line.length;
  }

  /** Takes note of what is at `at`, and returns where to go on. */
  #pass(line: string, at: number): number {
    const character = line[at];
    if (this.#within === 'comment') {
      this.#within = undefined;
      return at + 2;
    }
    if (this.#within !== undefined) {
      if (character === '\\') return at + (this.#escapes ? 2 : 1);
      this.#within = undefined;
      return at + 1;
    }
    if (character === "'" || character === '"' || character === '`') this.#within = character;
    else if (character === '#' || /^--(?:\s|$)/.test(line.slice(at, at + 3))) return line.length;
    else if (line.startsWith('/*', at) && !/^(?:M?!|\+)/.test(line.slice(at + 2, at + 4))) {
      this.#within = 'comment';
      return at + 2;
    }
    return at + 1;
  }

  *#complete(lastPart: string): Generator<string> {
    // Only ASCII counts as blank: a byte A0 may be half a letter.
    const statement = trimmed([...this.#parts, lastPart].join('\n'));
    this.#parts = [];
    const mode = sqlMode.exec(statement)?.[1];
    if (mode !== undefined) this.#escapes = (BigInt(mode) & noBackslashEscapes) === 0n;
    if (statement !== '') yield statement;
  }
}

const isBlank = (line: string): boolean => /^[ \t\r]*$/.test(line);

function trimmed(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && ' \t\r\n'.includes(text.charAt(from))) from += 1;
  while (to > from && ' \t\r\n'.includes(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
}
