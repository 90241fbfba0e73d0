import { expect, test } from 'vitest';
import { samplePlan } from '../contract/samples.ts';
import type { JournalEvent } from '../core/operation.ts';
import { createPalette } from './palette.ts';
import { Progress } from './progress.ts';

const sessionsEnded: readonly JournalEvent[] = [
  { event: 'step-started', step: 'freeze:db1' },
  { event: 'step-done', step: 'freeze:db1', ms: 3.14, output: { endedSessions: 2, position: '0-1-88231' } },
];

const rolledBack: readonly JournalEvent[] = [
  ...sessionsEnded,
  { event: 'step-started', step: 'reach:db2' },
  {
    event: 'step-failed',
    step: 'reach:db2',
    ms: 2001,
    error: { code: 'position-not-reached', message: 'db2 lacks\n0-1-88231' },
  },
  { event: 'rolling-back', cause: { code: 'position-not-reached', message: 'db2 lacks 0-1-88231' } },
  { event: 'undo-started', step: 'freeze:db1' },
  { event: 'undo-done', step: 'freeze:db1', ms: 2.1 },
  {
    event: 'undo-failed',
    step: 'hold:orders-rw',
    ms: 12,
    error: { code: 'route-unreachable', message: 'gone' },
  },
  { event: 'resumed', note: 'controller b2 took over' },
  { event: 'finished', status: 'rolled-back', summary: 'db1 is writable' },
];

function shown(events: readonly JournalEvent[], isTTY: boolean, columns = 60): string {
  const written: string[] = [];
  const stdout = { write: (text: string) => written.push(text) };
  const progress = new Progress(
    { stdout, stderr: stdout, env: {}, isTTY, columns },
    samplePlan(),
    createPalette(false),
  );
  for (const event of events) progress.show(event);
  return written.join('');
}

test('each step that has ended is one line, with what it took', () => {
  expect(shown(rolledBack, false)).toBe(`\
✓ 4 freeze     db1 read-only                                 3.1 ms  2 sessions ended
✗ 5 reach      db2 has db1's last position                    2.0 s  db2 lacks 0-1-88231 (position-not-reached)
↶ rolling back: db2 lacks 0-1-88231 (position-not-reached)
↶ 4 freeze     db1 read-only                                 2.1 ms  undone
✗ 3 hold       haproxy orders-rw                              12 ms  not undone: gone (route-unreachable)
↻ taken up again: controller b2 took over
`);
});

test('a terminal also shows the step that runs now, and takes it away again', () => {
  expect(shown(sessionsEnded, true)).toBe(
    '… 4 freeze     db1 read-only' +
      '\r\u001b[2K' +
      '✓ 4 freeze     db1 read-only                                 3.1 ms  2 sessions ended\n',
  );
});

test('steps that run side by side share the live line, which never breaks', () => {
  const started: readonly JournalEvent[] = [
    { event: 'step-started', step: 'approach:db3' },
    { event: 'step-started', step: 'approach:db4' },
  ];
  expect(shown(started, true)).toContain('\r\u001b[2K… db3 → under db2, db4 → under db2');
  expect(shown(started, true, 20).split('\u001b[2K').at(-1)).toBe('… db3 → under db2,…');
});

test('a step that is not in the plan goes by its id', () => {
  expect(shown([{ event: 'step-done', step: 'thaw:db1', ms: 1 }], false)).toMatch(
    /^✓ {3}thaw:db1 +1\.0 ms\n$/,
  );
});
