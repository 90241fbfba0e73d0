/**
 * Which slot a key lies in: CRC16 (XMODEM: polynomial 0x1021, start 0) of the key, or of its hash tag, modulo 16384.
 * https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model
 */
import { SLOT_COUNT } from './slots.ts';

const utf8 = new TextEncoder();

const table: readonly number[] = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x80_00) === 0 ? crc << 1 : (crc << 1) ^ 0x10_21;
  return crc & 0xff_ff;
});

export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xff_ff) ^ (table[(crc >> 8) ^ byte] ?? 0);
  return crc;
}

/** A text is taken as UTF-8; keys that are not text are given as bytes. */
export function keySlot(key: string | Uint8Array): number {
  return crc16(hashed(typeof key === 'string' ? utf8.encode(key) : key)) % SLOT_COUNT;
}

/** What stands between the first `{` and the first `}` after it, unless that is nothing. */
function hashed(key: Uint8Array): Uint8Array {
  const open = key.indexOf(0x7b);
  const close = open === -1 ? -1 : key.indexOf(0x7d, open + 1);
  return close > open + 1 ? key.subarray(open + 1, close) : key;
}
