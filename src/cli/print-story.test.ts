import { expect, test } from 'vitest';
import {
  sampleInstant,
  sampleJournal,
  sampleOperation,
  sampleRefusal,
  succeededOperation,
} from '../contract/samples.ts';
import { createPalette } from './palette.ts';
import { storyText } from './print-story.ts';

const palette = createPalette(false);

test('a success is told with what is left to mend', () => {
  const journal = sampleJournal(
    { event: 'step-started', step: 'approach:db3' },
    { event: 'step-started', step: 'approach:db4' },
    { event: 'step-done', step: 'approach:db4', ms: 9 },
    { event: 'step-done', step: 'approach:db3', ms: 28 },
    { event: 'step-started', step: 'freeze:db1' },
    { event: 'step-done', step: 'freeze:db1', ms: 3.14, output: { position: '0-1-88231' } },
    { event: 'step-started', step: 'follow:db1' },
    { event: 'finished', status: 'succeeded', summary: 'db2 is the primary of orders' },
  );
  const operation = succeededOperation({
    resumed: 1,
    outcome: {
      summary: 'db2 is the primary of orders',
      heldMs: 7.94,
      flags: [
        {
          step: 'follow:db1',
          server: 'db1',
          problem: { code: 'replication-broken', message: 'error 1236' },
          repair: 'clone db1 from db3',
        },
      ],
    },
  });
  expect(storyText(operation, journal, palette)).toBe(`\
op-7 · switchover of orders · db1 → db2 · succeeded
asked by ada@laptop at 2026-11-20 11:31:47.000 UTC; ended after 412 ms
guarantee: no acknowledged write is lost: db2 has db1's last position before it is promoted
taken up again once after its controller had died

     +0.0 ms  ✓ 2 approach   db3 → under db2                                28 ms
      +10 ms  ✓ 2 approach   db4 → under db2                               9.0 ms
      +40 ms  ✓ 4 freeze     db1 read-only                                 3.1 ms  at 0-1-88231
      +60 ms  … 8 follow     db1 → under db2                             no end known

done: db2 is the primary of orders
writers were held for 7.9 ms
! db1: error 1236 (replication-broken)
  repair: clone db1 from db3
`);
});

test('who gave it up, and that they put its candidate down, is told', () => {
  const abandoned = { by: 'bob@laptop', reason: 'its host\nburnt', candidateDown: true };
  const story = storyText(sampleOperation({ status: 'failed', abandoned }), [], palette);
  expect(story.split('\n')).toContain('given up by bob@laptop: its host burnt; its candidate is down');
});

test('a step that was undone appears twice: done, and undone', () => {
  const cause = { code: 'position-not-reached', message: 'db2 lacks 0-1-88231' };
  const journal = sampleJournal(
    { event: 'step-started', step: 'freeze:db1' },
    { event: 'step-done', step: 'freeze:db1', ms: 3 },
    { event: 'rolling-back', cause },
    { event: 'undo-started', step: 'freeze:db1' },
    { event: 'undo-done', step: 'freeze:db1', ms: 2 },
    { event: 'finished', status: 'rolled-back', summary: 'db1 is still the primary' },
  );
  const outcome = { summary: 'db1 is still the primary, and writable', cause, flags: [] };
  const operation = sampleOperation({ status: 'rolled-back', finishedAt: sampleInstant + 2100, outcome });
  expect(storyText(operation, journal, palette).split('\n').slice(1)).toEqual([
    'asked by ada@laptop at 2026-11-20 11:31:47.000 UTC; ended after 2.1 s',
    "guarantee: no acknowledged write is lost: db2 has db1's last position before it is promoted",
    '',
    '     +0.0 ms  ✓ 4 freeze     db1 read-only                                 3.0 ms',
    '      +20 ms  ↶ rolling back: db2 lacks 0-1-88231 (position-not-reached)',
    '      +30 ms  ↶ 4 freeze     db1 read-only                                 2.0 ms  undone',
    '',
    'rolled back: db1 is still the primary, and writable',
    'because db2 lacks 0-1-88231 (position-not-reached)',
    '',
  ]);
});

test('a refusal is told with what would have to be true', () => {
  const { plan: _none, ...refused } = sampleOperation({ status: 'refused', refusals: [sampleRefusal] });
  expect(storyText(refused, [], palette)).toBe(`\
op-7 · switchover of orders · refused
asked by ada@laptop at 2026-11-20 11:31:47.000 UTC

refused
  db4 is 14 s behind db1 (candidate-lagging)
    needs a lag of at most 1 s
`);
});
