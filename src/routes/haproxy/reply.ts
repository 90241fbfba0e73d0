/**
 * Reads the replies of the runtime API: `show info`, `show stat` and `show servers state`, one after the other
 * in one text. Whatever is none of these is `words`: what a command that changes something has to say.
 */
export type Row = ReadonlyMap<string, string>;

export interface Reply {
  readonly info: Row;
  /** `show stat`: a row a frontend, backend or server. */
  readonly statistics: readonly Row[];
  /** `show servers state`: a row a server. */
  readonly servers: readonly Row[];
  readonly words: readonly string[];
}

/** By line, not by blank line: some of HAProxy's error messages lack the empty line that ends an answer. */
export function parseReply(text: string): Reply {
  const info = new Map<string, string>();
  const statistics: Row[] = [];
  const servers: Row[] = [];
  const words: string[] = [];
  const asWords = (line: string): void => void words.push(line.trim());
  let take = asWords;
  for (const line of text.split('\n')) {
    if (line.trim() === '') take = asWords;
    else if (line.startsWith('# pxname,')) take = rowsInto(statistics, line, ',');
    else if (line.startsWith('# be_id ')) take = rowsInto(servers, line, ' ');
    else {
      if (line.startsWith('Name: HAProxy')) take = (field) => void info.set(...infoField(field));
      take(line);
    }
  }
  return { info, statistics, servers, words: words.filter((word) => word !== STATE_FORMAT) };
}

/** The version of the state's format, on a line of its own before its header; has been 1 since HAProxy 1.6. */
const STATE_FORMAT = '1';

function infoField(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

/** The header names the columns, which differ from version to version in number and place, never in name. */
function rowsInto(rows: Row[], header: string, separator: string): (line: string) => void {
  const columns = header.replace(/^# /, '').split(separator);
  return (line) => {
    const fields = line.split(separator);
    rows.push(new Map(columns.map((column, at) => [column, fields[at] ?? ''])));
  };
}
