/** An answer that begins with a line of its own. */
export interface HeadAndRest {
  readonly head: string;
  /** To be read once. */
  readonly rest: AsyncIterable<Buffer>;
}

export async function readHead(body: AsyncIterable<Buffer>): Promise<HeadAndRest> {
  const chunks = body[Symbol.asyncIterator]();
  let begun = Buffer.alloc(0);
  for (;;) {
    const end = begun.indexOf('\n');
    if (end >= 0)
      return { head: begun.toString('utf8', 0, end), rest: restOf(begun.subarray(end + 1), chunks) };
    const next = await chunks.next();
    if (next.done === true) throw new Error('the answer broke off');
    begun = Buffer.concat([begun, next.value]);
  }
}

async function* restOf(first: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (first.length > 0) yield first;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  } finally {
    await chunks.return?.();
  }
}
