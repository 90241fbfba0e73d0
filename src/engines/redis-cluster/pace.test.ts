import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

test('a lot grows while it takes little time, and shrinks when it takes too long', () => {
  const pace = new Pace({ keysPerCall: 200, aimMs: 6 });
  expect(pace.count).toBe(64);
  pace.took(1);
  expect(pace.count).toBe(128);
  pace.took(1);
  expect(pace.count).toBe(200);
  pace.took(4);
  expect(pace.count).toBe(200);
  pace.took(30);
  expect(pace.count).toBe(100);
});

test('a lot has at least one key, and never more than is allowed', () => {
  const pace = new Pace({ keysPerCall: 3 });
  expect(pace.count).toBe(3);
  for (let n = 0; n < 5; n++) pace.slower();
  expect(pace.count).toBe(1);
});
