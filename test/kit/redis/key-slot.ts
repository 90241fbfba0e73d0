/** Which slot a key lies in: CRC16 (XMODEM) of the key or of its tag, modulo 16384. Cluster specification, "Key distribution model". */

export const SLOTS = 16_384;

export function keySlot(key: string): number {
  const open = key.indexOf('{');
  const close = key.indexOf('}', open + 1);
  const tagged = open >= 0 && close > open + 1;
  return crc16(Buffer.from(tagged ? key.slice(open + 1, close) : key)) % SLOTS;
}

/** A short tag `{…}`: every key that begins with it lies in `slot`. */
export function tagOfSlot(slot: number): string {
  for (let n = 0; ; n++) if (keySlot(`${n}`) === slot) return `{${n}}`;
}

function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ ((crc & 0x8000) === 0 ? 0 : 0x1021)) & 0xffff;
  }
  return crc;
}
