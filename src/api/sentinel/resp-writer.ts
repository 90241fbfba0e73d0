/** Replies as bytes, in RESP2 and RESP3 (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
import type { Reply } from './reply.ts';

/** As a connection has chosen it with HELLO; 2 until then. */
export type Protocol = 2 | 3;

/** UTF-8 text: nothing that this face says has other bytes in it. */
export function encodeReply(reply: Reply, protocol: Protocol): string {
  switch (reply.kind) {
    case 'simple':
      return `+${oneLine(reply.text)}\r\n`;
    case 'error':
      return `-${oneLine(reply.text)}\r\n`;
    case 'integer':
      return `:${reply.value}\r\n`;
    case 'bulk':
      return `$${Buffer.byteLength(reply.text)}\r\n${reply.text}\r\n`;
    case 'null':
      return protocol === 3 ? '_\r\n' : '$-1\r\n';
    case 'null-array':
      return protocol === 3 ? '_\r\n' : '*-1\r\n';
    case 'array':
      return encodeItems('*', reply.items, protocol);
    case 'push':
      return encodeItems(protocol === 3 ? '>' : '*', reply.items, protocol);
    case 'map':
      return encodeMap(reply.entries, protocol);
  }
}

function encodeItems(mark: string, items: readonly Reply[], protocol: Protocol): string {
  return `${mark}${items.length}\r\n${items.map((item) => encodeReply(item, protocol)).join('')}`;
}

function encodeMap(entries: readonly (readonly [string, Reply])[], protocol: Protocol): string {
  const head = protocol === 3 ? `%${entries.length}` : `*${entries.length * 2}`;
  const pairs = entries.map(
    ([key, value]) => encodeReply({ kind: 'bulk', text: key }, protocol) + encodeReply(value, protocol),
  );
  return `${head}\r\n${pairs.join('')}`;
}

/** A line break would end the reply early and let what follows pass for another one. */
const oneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ');
