import { expect, test } from 'vitest';
import { passesOnNetAdmin } from './may-move-addresses.ts';

const status = (user: number, effective: string, ambient: string): string =>
  `Name:\tnode\nUid:\t${user}\t${user}\t${user}\t${user}\nCapEff:\t${effective}\nCapAmb:\t${ambient}\n`;
const none = '0000000000000000';
const netAdmin = '0000000000001000';

test('root hands its capabilities on, another user only those that are ambient', () => {
  expect(passesOnNetAdmin(status(0, '000001ffffffffff', none))).toBe(true);
  expect(passesOnNetAdmin(status(104, netAdmin, netAdmin))).toBe(true);
  expect(passesOnNetAdmin(status(104, netAdmin, none))).toBe(false);
  expect(passesOnNetAdmin(status(104, none, none))).toBe(false);
  // A container's root without it.
  expect(passesOnNetAdmin(status(0, '00000000a80425fb', none))).toBe(false);
});
