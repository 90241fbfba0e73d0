/**
 * What clients send, piece by piece as it arrives: arrays of bulk strings, and inline commands. Errors have the words
 * of Redis (networking.c); after one nothing more is read.
 */
import { inlineWords } from './inline-words.ts';

export type Request =
  | { readonly kind: 'command'; readonly words: readonly string[] }
  /** To be answered with `ERR Protocol error: …` and the end of the connection. */
  | { readonly kind: 'broken'; readonly text: string };

/** Smaller than Redis's own: names, patterns and passwords are all that anybody sends here. */
const MOST_WORDS = 1024;
const LONGEST_WORD = 64 * 1024;
const LONGEST_REQUEST = 256 * 1024;
const LONGEST_INLINE = 64 * 1024;
/** Redis's: who has not said the password gets no memory to fill. */
const STRANGER = { words: 10, bytes: 16 * 1024 };

const CR_LF = 2;

export class RespReader {
  #pending: Buffer = Buffer.alloc(0);
  /** Of the array that is being read. */
  #words: string[] = [];
  #missing = 0;
  #bytes = 0;
  /** Of the bulk string whose length has been read. */
  #length: number | undefined;
  #broken = false;
  readonly #known: () => boolean;

  /** `known`: the client has said its password, or needs none. */
  constructor(known: () => boolean) {
    this.#known = known;
  }

  /** Requests come out one at a time: the first may be what makes the client a known one. */
  *read(chunk: Buffer): Generator<Request, void> {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (!this.#broken) {
      const request = this.#next();
      if (request === undefined) return;
      if (request.kind === 'broken') this.#broken = true;
      if (request.kind === 'broken' || request.words.length > 0) yield request;
    }
  }

  #next(): Request | undefined {
    if (this.#missing === 0) {
      if (this.#pending.length === 0) return undefined;
      if (this.#pending[0] !== 0x2a) return this.#inline();
      const head = this.#arrayHead();
      if (head !== 'go on') return head;
    }
    return this.#bulks();
  }

  #inline(): Request | undefined {
    const line = this.#line('too big inline request', LONGEST_INLINE, '\n');
    if (typeof line !== 'string') return line;
    const words = inlineWords(line.replace(/\r$/, ''));
    return words === undefined ? broken('unbalanced quotes in request') : { kind: 'command', words };
  }

  #arrayHead(): Request | undefined | 'go on' {
    const line = this.#line('too big mbulk count string', LONGEST_INLINE);
    if (typeof line !== 'string') return line;
    const count = wholeNumber(line.slice(1));
    if (count === undefined || count > MOST_WORDS) return broken('invalid multibulk length');
    if (count > STRANGER.words && !this.#known()) return broken('unauthenticated multibulk length');
    // Nothing to run, as with Redis.
    if (count <= 0) return { kind: 'command', words: [] };
    this.#missing = count;
    this.#bytes = 0;
    return 'go on';
  }

  #bulks(): Request | undefined {
    while (this.#missing > 0) {
      if (this.#length === undefined) {
        const refusal = this.#bulkHead();
        if (refusal !== 'go on') return refusal;
      }
      const length = this.#length ?? 0;
      if (this.#pending.length < length + CR_LF) return undefined;
      this.#words.push(this.#pending.toString('utf8', 0, length));
      this.#pending = this.#pending.subarray(length + CR_LF);
      this.#length = undefined;
      this.#missing -= 1;
    }
    const words = this.#words;
    this.#words = [];
    return { kind: 'command', words };
  }

  #bulkHead(): Request | undefined | 'go on' {
    const line = this.#line('too big bulk count string', LONGEST_INLINE);
    if (typeof line !== 'string') return line;
    if (!line.startsWith('$')) return broken(`expected '$', got '${line.slice(0, 1)}'`);
    const length = wholeNumber(line.slice(1));
    if (length === undefined || length < 0 || length > LONGEST_WORD) return broken('invalid bulk length');
    if (length > STRANGER.bytes && !this.#known()) return broken('unauthenticated bulk length');
    this.#bytes += length;
    if (this.#bytes > LONGEST_REQUEST) return broken('invalid bulk length');
    this.#length = length;
    return 'go on';
  }

  /** The next line without its end; undefined while it has not arrived. */
  #line(tooLong: string, most: number, end = '\r\n'): string | Request | undefined {
    const at = this.#pending.indexOf(end);
    if (at === -1) return this.#pending.length > most ? broken(tooLong) : undefined;
    if (at > most) return broken(tooLong);
    const line = this.#pending.toString('utf8', 0, at);
    this.#pending = this.#pending.subarray(at + end.length);
    return line;
  }
}

const broken = (text: string): Request => ({ kind: 'broken', text });

function wholeNumber(text: string): number | undefined {
  return /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
}
