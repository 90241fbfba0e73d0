/** RESP2 on the wire: commands written, replies read. https://redis.io/docs/latest/develop/reference/protocol-spec/ */

/** What the server refused; a value for whoever probes, thrown by `RedisServer.command`. */
export class RespError extends Error {
  override readonly name = 'RespError';
  /** Its first word: `ERR`, `READONLY`, `MOVED` and so on. */
  readonly code: string;

  constructor(message: string) {
    super(message);
    this.code = /^\S*/.exec(message)?.[0] ?? '';
  }
}

export type RespReply = string | number | null | RespError | readonly RespReply[];

export function encodeCommand(words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${parts.join('')}`;
}

interface Read {
  readonly reply: RespReply;
  readonly end: number;
}

/** Takes bytes as they come, gives whole replies. */
export class ReplyReader {
  #bytes: Buffer = Buffer.alloc(0);

  /** Throws when it is not RESP2. */
  take(chunk: Buffer): readonly RespReply[] {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const replies: RespReply[] = [];
    let at = 0;
    for (let read = readReply(this.#bytes, at); read !== undefined; read = readReply(this.#bytes, at)) {
      replies.push(read.reply);
      at = read.end;
    }
    this.#bytes = this.#bytes.subarray(at);
    return replies;
  }
}

/** Undefined when it is not all there yet. */
function readReply(bytes: Buffer, start: number): Read | undefined {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd < 0) return undefined;
  const line = bytes.toString('utf8', start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (bytes.toString('latin1', start, start + 1)) {
    case '+':
      return { reply: line, end };
    case '-':
      return { reply: new RespError(line), end };
    case ':':
      return { reply: Number(line), end };
    case '$':
      return readBulk(bytes, end, Number(line));
    case '*':
      return readArray(bytes, end, Number(line));
    default:
      throw new Error(`not RESP2: ${bytes.toString('latin1', start, lineEnd)}`);
  }
}

function readBulk(bytes: Buffer, start: number, length: number): Read | undefined {
  if (length < 0) return { reply: null, end: start };
  const end = start + length;
  return bytes.length < end + 2 ? undefined : { reply: bytes.toString('utf8', start, end), end: end + 2 };
}

function readArray(bytes: Buffer, start: number, length: number): Read | undefined {
  if (length < 0) return { reply: null, end: start };
  const replies: RespReply[] = [];
  let at = start;
  for (let index = 0; index < length; index++) {
    const read = readReply(bytes, at);
    if (read === undefined) return undefined;
    replies.push(read.reply);
    at = read.end;
  }
  return { reply: replies, end: at };
}
