import { expect, test } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import { serverId } from '../../core/identity.ts';
import type { JournalEvent } from '../../core/operation.ts';
import type { Action, Step, Target } from '../../core/plan.ts';
import type { Shaped, ShapeOptions, ShapeWork } from '../../core/shards/cluster-shaper.ts';
import { systemClock } from '../system-clock.ts';
import { Abandonment } from './abandonment.ts';
import { Progress } from './progress.ts';
import { resumeReshape, runReshape } from './run-reshape.ts';
import type { Execution } from './run-steps.ts';

const target = (name: string): Target => ({ id: serverId(name), name, address: { host: name, port: 6379 } });
const [a, b, c, d] = [target('a'), target('b'), target('c'), target('d')];

function step(id: string, action: Action, more: Partial<Step> = {}): Step {
  return { id, phase: 'move', action, title: id, deadlineMs: 5000, after: [], onFailure: 'stop', ...more };
}

const move = (from: Target, to: Target, after: readonly string[] = []): Step =>
  step(`move:${from.name}:${to.name}`, { verb: 'move-slots', from, to, slots: '0-9', pace: {} }, { after });
const agree = step(
  'agree',
  { verb: 'agree', servers: [a, b] },
  { phase: 'prove', onFailure: 'carry-forward' },
);
const timeout = (server: Target): Step =>
  step(
    `timeout:${server.name}`,
    { verb: 'set-timeout', server, ms: 5000 },
    { phase: 'configure', onFailure: 'roll-back', undo: { verb: 'set-timeout', server, ms: 15_000 } },
  );

type Shape = (work: ShapeWork, options: ShapeOptions) => Promise<Shaped>;
const gone = { slotsDone: 10, slots: 10, keysMoved: 7 };
const done: Shape = async () => ({ ok: true, moved: gone });

function story(steps: readonly Step[], shape: Shape, journal: readonly JournalEvent[] = []) {
  const works: ShapeWork[] = [];
  const events: JournalEvent[] = [];
  const progress = new Progress();
  for (const event of journal) progress.take(event);
  const note = async (event: JournalEvent): Promise<void> => void events.push(event);
  const execution = {
    operation: 'op-1',
    plan: {
      kind: 'reshape',
      title: 'rebalance',
      cluster: 'orders',
      from: a,
      to: b,
      pointOfNoReturn: '',
      steps,
    },
    ...{ progress, outputs: progress.outputs, journalComplete: true, carried: [] },
    journal: { note, write: note },
    stop: new AbortController().signal,
    abandonment: new Abandonment(),
    surroundings: {
      clock: systemClock,
      assertAllowed: () => undefined,
      shape: (work: ShapeWork, _involved: readonly Target[], options: ShapeOptions) => {
        works.push(work);
        return shape(work, options);
      },
    },
  } as unknown as Execution;
  return { execution, works, events };
}

const ofMove = (works: readonly ShapeWork[]) =>
  works.flatMap((work) =>
    work.do === 'move-slots' ? work.transfers.map(({ from, to }) => `${from}${to}`) : [],
  );

test('says how much has gone over', async () => {
  const { execution, works } = story([move(a, b), move(c, d), agree], done);
  expect(await runReshape(execution)).toEqual({
    status: 'succeeded',
    outcome: { summary: 'rebalance done: 20 slots and 14 keys have gone over', flags: [] },
  });
  expect(works.map((work) => work.do)).toEqual(['move-slots', 'move-slots', 'await-agreement']);
});

test('a step that cannot go on begins no other, has those beside it stop, and takes nothing back', async () => {
  const part = { slotsDone: 4, slots: 10, keysMoved: 3 };
  const { execution, works, events } = story(
    [move(a, b), move(a, c, ['move:a:b']), move(c, d), agree],
    (work, options) =>
      ofMove([work])[0] === 'ab'
        ? Promise.resolve({ ok: false, stopped: false, why: 'slot 4: b is no primary any more', moved: part })
        : new Promise((stopped) =>
            options.stop?.addEventListener('abort', () =>
              stopped({ ok: false, stopped: true, why: 'stopped between two slots', moved: part }),
            ),
          ),
  );
  const { status, outcome } = await runReshape(execution);
  expect(status).toBe('failed');
  expect(outcome.summary).toBe(
    'stopped where it was: 0 of 4 steps done, 4 slots and 3 keys have gone over; slot 4: b is no primary any more',
  );
  expect(outcome.flags).toMatchObject([
    { step: 'move:a:b', repair: expect.stringContaining('ask for it again') as unknown },
  ]);
  expect(ofMove(works).toSorted()).toEqual(['ab', 'cd']);
  expect(events.some(({ event }) => event === 'rolling-back')).toBe(false);
});

test('a person stops it, which is on record before its end, and nobody is in doubt', async () => {
  const word = { by: 'alice', reason: 'too busy', candidateDown: false };
  const { execution, events } = story([move(a, b), agree], async (_work, { stop }) => {
    execution.abandonment.give(word);
    return { ok: false, stopped: stop?.aborted === true, why: 'stopped between two slots', moved: gone };
  });
  const finished = await runReshape(execution);
  expect(finished).not.toHaveProperty('abandoned');
  expect(finished.outcome.cause).toEqual({ code: 'abandoned', message: 'alice gave it up: too busy' });
  expect(finished.outcome.summary).toContain(
    '10 slots and 7 keys have gone over; what is left can be planned again',
  );
  expect(events.at(-1)).toMatchObject({ event: 'abandoned', by: 'alice' });
  expect(() => execution.abandonment.give(word)).toThrow('comes to its own end');
});

test('taken up again it runs what is not done, and nothing of one that was stopped', async () => {
  const before: readonly JournalEvent[] = [
    { event: 'step-started', step: 'move:a:b' },
    { event: 'step-done', step: 'move:a:b', ms: 1, output: { moved: gone } },
    { event: 'step-started', step: 'move:c:d' },
  ];
  const interruption = new Fault('lease-lost', 'died');
  const again = story([move(a, b), move(c, d), agree], done, before);
  expect((await resumeReshape(again.execution, interruption)).status).toBe('succeeded');
  expect(ofMove(again.works)).toEqual(['cd']);

  const word = { event: 'abandoned', by: 'alice', reason: 'no', candidateDown: false } as const;
  const far = {
    event: 'step-progress',
    step: 'move:c:d',
    slotsDone: 2,
    slots: 10,
    keysMoved: 1,
    keysPerSecond: 1,
  } as const;
  const stopped = story([move(a, b), move(c, d), agree], done, [...before, far, word]);
  const { status, outcome } = await resumeReshape(stopped.execution, interruption);
  expect(status).toBe('failed');
  expect(outcome.summary).toContain('1 of 3 steps done, 12 slots and 8 keys have gone over');
  expect(stopped.works).toEqual([]);
});

test('a setting that one node refuses is put back on all', async () => {
  const { execution, works } = story([timeout(a), timeout(b), agree], async (work) => {
    if (work.do === 'set-timeout' && work.node === 'b' && work.ms === 5000)
      throw new Fault('statement-failed', 'no');
    return { ok: true };
  });
  const { status, outcome } = await runReshape(execution);
  expect({ status, summary: outcome.summary }).toEqual({
    status: 'rolled-back',
    summary: 'all settings are as they were; no',
  });
  const put = works.flatMap((work) => (work.do === 'set-timeout' ? [`${work.node} ${work.ms}`] : []));
  expect(put.slice(2).toSorted()).toEqual(['a 15000', 'b 15000']);
});

test('nodes that do not agree yet are a flag', async () => {
  const { execution } = story([move(a, b), agree], async (work) => {
    if (work.do === 'await-agreement') throw new Fault('verification-failed', 'a and b do not say the same');
    return { ok: true, moved: gone };
  });
  const { status, outcome } = await runReshape(execution);
  expect(status).toBe('succeeded');
  expect(outcome.flags).toMatchObject([
    { step: 'agree', repair: 'see what the findings say, and fix the cluster' },
  ]);
});
