import { describe, expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import { pastReturn } from '../../contract/half-done.ts';
import type { CopyState, ServerLink } from '../../core/engine.ts';
import type { JournalEvent } from '../../core/operation.ts';
import type { RestoreMeans } from '../../core/policy.ts';
import { resumeRepair, runRepair } from './run-repair.ts';
import {
  type CopyStory,
  copiedServer,
  db1,
  follow,
  refusing,
  restore,
  restoreBy,
  settle,
  stop,
} from './testing/copied-server.ts';

const reversing = (...means: readonly RestoreMeans[]) => [stop, restoreBy(...means), follow];
const halfRewound = () => pastReturn(refusing('statement-failed'));

function noneThenBroken(): ServerLink['copyState'] {
  const states: CopyState[] = ['none', 'none'];
  return () => Promise.resolve(states.shift() ?? 'broken');
}

describe('a copy that fails', () => {
  it.each<[string, CopyStory]>([
    ['the agent has no room for it', { copies: { take: refusing('salvage-impossible') } }],
    ['its donor gives nothing', { copies: { give: refusing('bad-request') } }],
    ['its own server refuses it', { by: 'server', link: { cloneFrom: refusing('statement-failed') } }],
    [
      'its changes are not reversed',
      { steps: reversing('flashback'), link: { rewind: refusing('statement-failed') } },
    ],
    ['there was not the room', { data: { room: () => Promise.resolve({ free: 0, spare: 0 }) } }],
  ])('before it replaced anything (%s) leaves the replica replicating as before', async (_what, given) => {
    const { execution, calls } = copiedServer(given);
    expect(await runRepair(execution)).toMatchObject({ status: 'rolled-back', outcome: { flags: [] } });
    expect(calls).toContain('restore-replication');
  });

  it.each<[string, CopyStory]>([
    ['the copy is not made its history', { link: { adopt: refusing('statement-failed') } }],
    ['it does not forget its source', { link: { retireSource: refusing('statement-failed') } }],
    ['the agent fell silent over it', { copies: { take: refusing('agent-unreachable') } }],
    [
      'its own server dropped what it had',
      { by: 'server', link: { cloneFrom: refusing('statement-failed'), copyState: noneThenBroken() } },
    ],
    [
      'the reversed changes are not made its history',
      { steps: reversing('flashback'), link: { rewind: halfRewound } },
    ],
    [
      'neither are, and there is no copy',
      {
        steps: reversing('flashback', 'clone'),
        link: { rewind: halfRewound },
        copies: { give: refusing('bad-request') },
      },
    ],
    ['nobody knows how far it came', { copies: { take: refusing('deadline-exceeded') } }],
  ])('once its data may be replaced (%s) is not undone, and it says so', async (_what, given) => {
    const { execution, calls } = copiedServer(given);
    const { status, outcome } = await runRepair(execution);
    expect(status).toBe('failed');
    expect(calls).not.toContain('restore-replication');
    expect(outcome.summary).toContain('db3 is not put back as it was: its data may be replaced in part');
    expect(outcome.flags).toMatchObject([{ step: 'restore:db3', server: 'db3' }]);
  });

  it('is not followed by another means once it was begun', async () => {
    const { execution, calls } = copiedServer({
      steps: reversing('clone', 'flashback'),
      link: { adopt: refusing('statement-failed') },
    });
    await runRepair(execution);
    expect(calls).toEqual(['take']);
  });

  it('is not undone either when an earlier try of it may have come further', async () => {
    const journal: JournalEvent[] = [{ event: 'step-started', step: 'restore:db3' }];
    const { execution, calls } = copiedServer({ journal, copies: { take: refusing('salvage-impossible') } });
    const { status } = await resumeRepair(execution, new Fault('lease-lost', 'it died'));
    expect(status).toBe('failed');
    expect(calls).not.toContain('restore-replication');
  });
});

it('a way back that was interrupted is gone to its end', async () => {
  const journal: JournalEvent[] = [
    { event: 'step-done', step: 'stop:db3', ms: 1 },
    { event: 'step-started', step: 'restore:db3' },
    { event: 'step-failed', step: 'restore:db3', ms: 1, error: { code: 'salvage-impossible', message: '' } },
    { event: 'rolling-back', cause: { code: 'salvage-impossible', message: '' } },
  ];
  const { execution, calls } = copiedServer({ journal });
  const { status } = await resumeRepair(execution, new Fault('lease-lost', 'it died'));
  expect(status).toBe('rolled-back');
  expect(calls).toEqual(['restore-replication']);
});

const stopped = { source: db1.address, receiver: 'running', applier: 'stopped' };

describe('what a copy replaced', () => {
  it('goes once the server is seen to follow, also where nothing was to prove it', async () => {
    const { execution, calls } = copiedServer({ steps: [stop, restore, follow, settle()] });
    expect(await runRepair(execution)).toMatchObject({ status: 'succeeded' });
    expect(calls).toContain('settle');
  });

  it.each<[string, Partial<ServerLink>]>([
    ['cannot follow', { follow: refusing('replication-broken') }],
    [
      'stopped applying at once',
      { follow: () => Promise.resolve({}), probe: () => Promise.resolve({ channels: [stopped] } as never) },
    ],
  ])('stays while the server %s', async (_what, link) => {
    for (const keepOldData of [true, false]) {
      const { execution, calls } = copiedServer({
        steps: [stop, restore, follow, settle(keepOldData)],
        link,
      });
      await runRepair(execution);
      expect(calls).not.toContain('settle');
    }
  });

  it('may be late to go: the server follows all the same', async () => {
    const steps = [stop, restore, follow, settle()];
    const { execution } = copiedServer({ steps, data: { settle: refusing('salvage-impossible') } });
    const { status, outcome } = await runRepair(execution);
    expect(outcome.flags).toMatchObject([{ step: 'settle-copy:db3' }]);
    expect(outcome.summary).toContain('and follows');
    expect(status).toBe('succeeded');
  });
});

it('one that does not follow has failed', async () => {
  const { execution } = copiedServer({ link: { follow: refusing('replication-broken') } });
  const { status, outcome } = await runRepair(execution);
  expect(outcome.summary).toContain('does not follow yet');
  expect(status).toBe('failed');
});
