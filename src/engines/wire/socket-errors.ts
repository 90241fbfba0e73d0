/** What the operating system says of a connection, whichever protocol is spoken over it. */

export interface SocketError {
  /** `ECONNREFUSED`, or what a driver puts in its place; empty when there is none. */
  readonly code: string;
  readonly message: string;
  /** Each address of its name says that nobody listens. */
  readonly refused: boolean;
}

const unreachable = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);
const lost = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_DESTROYED']);

/** No connection can be made. */
export const isUnreachable = (code: string): boolean => unreachable.has(code);

/** There was one. */
export const isLost = (code: string): boolean => lost.has(code);

const codeOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : '';

/** Node tries a name's addresses in turn, and where all fail throws their errors in one that has no words. */
const eachOf = (thrown: unknown): readonly unknown[] =>
  thrown instanceof AggregateError ? thrown.errors : [thrown];

function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return (
    thrown.message ||
    eachOf(thrown)
      .filter((one) => one !== thrown)
      .map(wordsOf)
      .join('; ')
  );
}

export function socketError(thrown: unknown): SocketError {
  return {
    code: codeOf(thrown),
    message: wordsOf(thrown),
    refused: eachOf(thrown).every((one) => codeOf(one) === 'ECONNREFUSED'),
  };
}
