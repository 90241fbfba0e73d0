import { expect, test } from 'vitest';
import { crc16, keySlot } from './key-slot.ts';

test('the check value of CRC16/XMODEM', () => {
  expect(crc16(new TextEncoder().encode('123456789'))).toBe(0x31_c3);
});

// As `CLUSTER KEYSLOT` of Redis 7.0.15 answers.
test.each([
  ['123456789', 12_739],
  ['foo', 12_182],
  ['bar', 5_061],
  ['hello', 866],
  ['', 0],
  ['é', 10_180],
  ['{user1000}.following', 3_443],
  ['foo{}{bar}', 8_363],
  ['foo{{bar}}zap', 4_015],
  ['foo{bar', 15_278],
])('%s lies in slot %i', (key, slot) => {
  expect(keySlot(key)).toBe(slot);
});

test.each([
  ['{user1000}.following', 'user1000'],
  ['{user1000}.followers', 'user1000'],
  ['foo{bar}{zap}', 'bar'],
  ['foo{{bar}}zap', '{bar'],
])('%s lies where %s does', (key, tag) => {
  expect(keySlot(key)).toBe(keySlot(tag));
});

test.each(['foo{}{bar}', 'foo{bar', '}foo{'])('all of %s counts: it has no tag', (key) => {
  const bytes = new TextEncoder().encode(key);
  expect(keySlot(key)).toBe(crc16(bytes) % 16_384);
  expect(keySlot(bytes)).toBe(keySlot(key));
});
