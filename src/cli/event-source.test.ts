import { expect, test } from 'vitest';
import { type Frame, readFrames } from './event-source.ts';

const text =
  'retry: 1000\n\n: hello\n\nid: 7\nevent: journal\ndata: {"a":"ü"}\n\nid:8\r\ndata:one\r\ndata: two\r\n\r\nid: 9\ndata: cut off';
const frames: readonly Frame[] = [
  { id: '7', data: '{"a":"ü"}' },
  { id: '8', data: 'one\ntwo' },
];

async function read(chunks: readonly Uint8Array[]): Promise<readonly Frame[]> {
  const found: Frame[] = [];
  for await (const frame of readFrames(ReadableStream.from(chunks))) found.push(frame);
  return found;
}

test('frames are the same wherever the stream is cut', async () => {
  const bytes = new TextEncoder().encode(text);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(await read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(frames);
  }
  expect(await read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(frames);
});

test('an event without an id keeps the last one', async () => {
  const bytes = new TextEncoder().encode('id: 1\ndata: a\n\ndata: b\n\n');
  expect(await read([bytes])).toEqual([
    { id: '1', data: 'a' },
    { id: '1', data: 'b' },
  ]);
});
