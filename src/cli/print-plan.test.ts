import { expect, test } from 'vitest';
import { samplePlan, sampleRefusal } from '../contract/samples.ts';
import type { Judgement } from '../core/detection/testimony.ts';
import type { Step } from '../core/plan.ts';
import { createPalette } from './palette.ts';
import { planText } from './print-plan.ts';

const palette = createPalette(false);

test('a plan is printed as the design shows it', () => {
  expect(planText(samplePlan(), { palette, expectedPauseMs: 8.2 })).toBe(`\
orders · MariaDB 10.11 · db1 → db2                           expected pause about 8 ms
guarantee   no acknowledged write is lost: db2 has db1's last position before it is promoted
why db2     it was named

 1 check      4 facts hold                  one primary, db2 follows it directly, …
              every fact looked at again
 2 approach   db3, db4 → under db2          writes go on; undone if it fails
 3 hold       haproxy orders-rw             new connections wait
 4 freeze     db1 read-only
 5 reach      db2 has db1's last position   at most 2 s, else back to db1
   ── point of no return ──
 6 promote    db2 writable
 7 release    haproxy orders-rw → db2
 8 follow     db1 → under db2
 9 prove      the hand-over row is seen on db1, db3, db4

Nothing was changed. Run it without --dry-run.
`);
});

test('who was passed over and what to know first stand before the closing line', () => {
  const plan = samplePlan({
    reasons: ['db2 has the most recent position', 'it is in the same data centre'],
    passedOver: [sampleRefusal, { ...sampleRefusal, fact: 'db3 may not be promoted', needs: 'another rule' }],
    warnings: ['db4 will be the only\nreplica in dc2'],
    steps: samplePlan().steps.filter(({ phase }) => ['freeze', 'promote'].includes(phase)),
  });
  expect(planText(plan, { palette })).toBe(`\
orders · MariaDB 10.11 · db1 → db2
guarantee   no acknowledged write is lost: db2 has db1's last position before it is promoted
why db2     db2 has the most recent position
            it is in the same data centre

 1 freeze     db1 read-only
   ── point of no return ──
 2 promote    db2 writable

passed over db4 is 14 s behind db1; needs a lag of at most 1 s
            db3 may not be promoted; needs another rule

warning     db4 will be the only replica in dc2

Nothing was changed. Run it without --dry-run.
`);
});

test('of a failover it says who saw that the primary is dead, peers by their names', () => {
  const judgement: Judgement = {
    verdict: 'dead',
    rule: 'lost-by-controllers',
    because: 'neither this controller nor another one can reach it',
    suspectedAt: 1000,
    judgedAt: 1012,
    testimonies: [
      { kind: 'controller', witness: 'controller', says: 'gone', fact: 'connection refused', at: 1002 },
      { kind: 'peer', witness: 'peer west', says: 'gone', fact: 'connection refused', at: 1012 },
    ],
  };
  expect(planText(samplePlan({ judgement, steps: [], facts: [] }), { palette })).toContain(`
db1 was held for dead 12 ms after the first sign: neither this controller nor another one can reach it
    +2.0 ms  controller  gone         connection refused
     +12 ms  peer west   gone         connection refused

Nothing was changed.`);
});

test('steps that differ in more than the server stay on lines of their own', () => {
  const [db3, db4] = samplePlan().steps.filter(({ phase }) => phase === 'approach') as [Step, Step];
  const plan = samplePlan({ steps: [db3, { ...db4, note: 'it is behind and catches up first' }] });
  expect(planText(plan, { palette }).split('\n').slice(4, 6)).toEqual([
    ' 1 approach   db3 → under db2           writes go on; undone if it fails',
    '              db4 → under db2           it is behind and catches up first',
  ]);
});

test('on a terminal sentences go on beneath themselves', () => {
  const plan = samplePlan({
    warnings: ['MariaDB lets accounts with READ ONLY ADMIN write'],
    steps: [],
    facts: [],
  });
  expect(planText(plan, { palette, width: 50 }).split('\n').slice(1, 9)).toEqual([
    'guarantee   no acknowledged write is lost: db2 has',
    "            db1's last position before it is",
    '            promoted',
    'why db2     it was named',
    '',
    '',
    'warning     MariaDB lets accounts with READ ONLY',
    '            ADMIN write',
  ]);
});

test.each([
  [0.4, 'below 1 ms'],
  [7.94, 'about 8 ms'],
  [412, 'about 412 ms'],
  [2400, 'about 2.4 s'],
])('a pause of %d ms is expected as %s', (expectedPauseMs, text) => {
  expect(planText(samplePlan(), { palette, expectedPauseMs })).toContain(`expected pause ${text}\n`);
});

test('colour marks the line that cannot be crossed back', () => {
  const text = planText(samplePlan(), { palette: createPalette(true) });
  expect(text).toContain('\u001b[33m   ── point of no return ──\u001b[39m\n 6 promote');
});
