import { describe, expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { ServerLink } from '../../core/engine.ts';
import type { Side } from '../../core/execution/settle-promotion.ts';
import { serverId } from '../../core/identity.ts';
import type { JournalEvent } from '../../core/operation.ts';
import type { Action, Phase, Step } from '../../core/plan.ts';
import { position } from '../../core/positions.ts';
import { countedPositions } from '../../core/testing/counted-positions.ts';
import { Abandonment } from './abandonment.ts';
import { Progress } from './progress.ts';
import type { Execution } from './run-steps.ts';
import { resumeSwitchover } from './run-switchover.ts';

const server = (name: string) => ({ id: serverId(name), name, address: { host: name, port: 3306 } });
const [db1, db2] = [server('db1'), server('db2')];
const frozen = { step: 'freeze:db1' };

const step = (id: string, phase: Phase, action: Action, more: Partial<Step> = {}): Step => ({
  ...{ id, phase, action, title: id, deadlineMs: 1000, after: [], onFailure: 'carry-forward' },
  ...more,
});

const steps: readonly Step[] = [
  step('drain:db1', 'freeze', { verb: 'drain', server: db1, graceMs: 0, afterGrace: 'end' }),
  step(
    'freeze:db1',
    'freeze',
    { verb: 'freeze', server: db1, once: { server: db2, withinMs: 500 } },
    { onFailure: 'roll-back', undo: { verb: 'thaw', server: db1 } },
  ),
  step(
    'reach:db2',
    'reach',
    { verb: 'await-position', server: db2, position: frozen },
    { onFailure: 'roll-back' },
  ),
  step('promote:db2', 'promote', { verb: 'promote', server: db2, from: db1, position: frozen }),
  step('end-writers:db1', 'release', { verb: 'end-writers', server: db1, position: frozen }),
  step('retire-source:db2', 'release', { verb: 'retire-source', server: db2 }),
];

interface Story {
  readonly journal: readonly string[];
  readonly old: Side;
  readonly reaches: boolean;
}

/** A pause is no time; a deadline's own timer never rings. */
const still: Clock = {
  now: () => 0,
  monotonic: () => 0,
  sleep: (ms, signal) =>
    ms < 500
      ? Promise.resolve()
      : new Promise((_, no) => signal?.addEventListener('abort', () => no(signal.reason))),
};

/** db2 is writable, and the controller that began with `journal` died with its machine. */
async function resumed({ journal, old, reaches }: Story) {
  const did: string[] = [];
  const written: JournalEvent[] = [];
  const progress = new Progress();
  for (const id of journal) progress.take({ event: 'step-started', step: id });
  const does = (name: string, what: string): Promise<void> => {
    did.push(`${what} ${name}`);
    return Promise.resolve();
  };
  const linkOf = (name: string): Partial<ServerLink> => ({
    probe: () => {
      if (name === 'db1' && old === 'unreachable') return Promise.reject(new Fault('connection-lost', 'no'));
      const writeMode = name === 'db2' ? 'writable' : old;
      const channels = name === 'db2' ? [{ source: db1.address, receiver: 'connecting' }] : [];
      return Promise.resolve({ writeMode, channels }) as unknown as ReturnType<ServerLink['probe']>;
    },
    takeOver: () => Promise.resolve(),
    drain: () => Promise.resolve({ found: 0, ended: 0 }),
    freeze: () => does(name, 'freeze').then(() => position('db1:633')),
    holdsFreeze: () => true,
    thaw: () => does(name, 'thaw'),
    makeReadOnly: () => Promise.resolve(),
    awaitPosition: async (wanted) => {
      await does(name, `await ${wanted} on`);
      if (!reaches) throw new Fault('position-not-reached', 'it lacks db1:633');
    },
    promote: () => does(name, 'promote').then(() => ({})),
    endWriters: () => Promise.resolve(0),
    position: () => Promise.resolve(position('db1:633')),
    retireSource: () => does(name, 'retire the source of'),
  });
  const note = (what: JournalEvent): Promise<void> => {
    written.push(what);
    return Promise.resolve();
  };
  const execution = {
    operation: 'op-1',
    plan: { kind: 'switchover', from: db1, to: db2, pointOfNoReturn: 'promote:db2', steps },
    ...{ progress, outputs: progress.outputs, journalComplete: false, carried: [] },
    journal: { note, write: note },
    stop: new AbortController().signal,
    abandonment: new Abandonment(),
    surroundings: {
      clock: still,
      assertAllowed: () => undefined,
      engine: { positions: countedPositions },
      link: ({ name }: { name: string }) => linkOf(name),
    },
  } as unknown as Execution;
  const finished = await resumeSwitchover(execution, new Fault('lease-lost', 'the controller died'));
  return { did, written, finished };
}

describe('a candidate that is found writable', () => {
  it('before anybody was promoted is promoted when it has all that the old primary took', async () => {
    const { did, finished } = await resumed({ journal: ['drain:db1'], old: 'writable', reaches: true });
    expect(did).toEqual(['freeze db1', 'await db1:633 on db2', 'promote db2', 'retire the source of db2']);
    expect(finished).toMatchObject({ status: 'succeeded', outcome: { flags: [] } });
  });

  it('before anybody was promoted is not when it cannot have that', async () => {
    const { did, finished } = await resumed({ journal: ['drain:db1'], old: 'writable', reaches: false });
    expect(did).toEqual(['freeze db1', 'await db1:633 on db2', 'thaw db1']);
    expect(finished.status).toBe('rolled-back');
  });

  it('before anybody was promoted, and follows an old primary that is silent, stays a replica', async () => {
    const { did, finished } = await resumed({ journal: ['drain:db1'], old: 'unreachable', reaches: false });
    expect(did).toEqual([]);
    expect(finished.status).toBe('rolled-back');
  });

  it('and may have been promoted gets all that before it forgets its source', async () => {
    const story = { journal: ['drain:db1', 'freeze:db1'], old: 'read-only' as const, reaches: true };
    const { did, written, finished } = await resumed(story);
    expect(did).toEqual(['freeze db1', 'await db1:633 on db2', 'retire the source of db2']);
    expect(finished).toMatchObject({ status: 'succeeded', outcome: { flags: [] } });
    // Whoever takes it up in between looks at the old primary again.
    const ends = written.flatMap((what) => (what.event === 'step-done' ? [what.step] : []));
    expect(ends.indexOf('reach:db2')).toBeLessThan(ends.indexOf('promote:db2'));
  });

  it('and cannot have that stays the primary, and what may be lost is told', async () => {
    const story = { journal: ['drain:db1', 'freeze:db1'], old: 'read-only' as const, reaches: false };
    const { finished, written } = await resumed(story);
    expect(finished.status).toBe('succeeded');
    const told = finished.outcome.flags.map(({ step: id, problem, repair }) => [id, problem.message, repair]);
    expect(told).toEqual([
      ['reach:db2', 'it lacks db1:633', expect.stringContaining('transactions that db2 lacks')],
      ['end-writers:db1', expect.stringContaining('where db1 stood'), expect.any(String)],
    ]);
    const replayed = new Progress();
    for (const what of written) replayed.take(what);
    expect(replayed.outputs.has('freeze:db1')).toBe(false);
  });
});
