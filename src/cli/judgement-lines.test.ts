import { expect, test } from 'vitest';
import { judgementLines } from './judgement-lines.ts';
import { createPalette } from './palette.ts';

test('each witness has a line with its time, its word and the fact', () => {
  const lines = judgementLines(
    {
      verdict: 'dead',
      rule: 'lost-by-replicas',
      because: 'nobody gets through to it',
      suspectedAt: 1000,
      judgedAt: 1012,
      testimonies: [
        { kind: 'controller', witness: 'controller', says: 'gone', fact: 'connection refused', at: 1002 },
        { kind: 'replica', witness: 'db2', says: 'gone', fact: 'receiver: 2003', at: 1012 },
      ],
    },
    'db1',
    createPalette(false),
  );
  expect(lines).toEqual([
    'db1 was held for dead 12 ms after the first sign: nobody gets through to it',
    '    +2.0 ms  controller  gone         connection refused',
    '     +12 ms  db2         gone         receiver: 2003',
  ]);
});
