import { describe, expect, it } from 'vitest';
import { position } from '../../core/positions.ts';
import { runRejoin } from './run-rejoin.ts';
import {
  type CopyStory,
  compare,
  copiedServer,
  follow,
  refusing,
  restore,
  restoreBy,
  settle,
} from './testing/copied-server.ts';

const rejoin = (story: CopyStory) => {
  const steps = [restore, follow, settle()];
  return runRejoin(copiedServer({ steps, ...story }).execution);
};

describe('a rejoin', () => {
  it('has succeeded when the server follows, though its old data may be late to go', async () => {
    const { status, outcome } = await rejoin({ data: { settle: refusing('salvage-impossible') } });
    expect(outcome.flags).toMatchObject([{ step: 'settle-copy:db3' }]);
    expect(outcome.summary).toContain('db3 follows db1 again');
    expect(status).toBe('succeeded');
  });

  it('has failed when it does not', async () => {
    const { status, outcome } = await rejoin({ link: { follow: refusing('replication-broken') } });
    expect(outcome.summary).toContain('db3 does not follow yet');
    expect(status).toBe('failed');
  });

  it('says that nothing was touched only where that is so', async () => {
    const before = await rejoin({ copies: { give: refusing('bad-request') } });
    expect(before.outcome.summary).toContain('db3 was left as it is');
    const after = await rejoin({ link: { adopt: refusing('statement-failed') } });
    expect(after.outcome.summary).toContain('db3 does not follow: its data may be replaced in part');
  });
});

describe('a copy that was left before the server was told what it holds', () => {
  const data = { unproven: () => Promise.resolve({ position: position('0-1-9') }) };
  /** Its donor was a replica when it had that. */
  const left: CopyStory = { data, executed: '0-1-5', steps: [compare, restore, follow] };
  const itself = { count: 1, text: '0-3-10' };

  it('is completed, and not made again', async () => {
    const { execution, calls } = copiedServer({ ...left, steps: [compare, restoreBy(), follow] });
    expect(await runRejoin(execution)).toMatchObject({ status: 'succeeded' });
    expect(calls).toEqual(['adopt']);
    expect(execution.outputs.get('compare:db3')?.note).toBe('it holds a copy that was not completed');
  });

  it('is not set back once the server has that', async () => {
    const { execution, calls } = copiedServer({ ...left, executed: '0-1-9', steps: [compare, follow] });
    await runRejoin(execution);
    expect(calls).toEqual([]);
    expect(execution.outputs.get('compare:db3')?.note).toBe('it has nothing of its own');
  });

  it.each<[string, CopyStory['errant']]>([
    ['took writes since', ({ origins }) => (origins === undefined ? itself : undefined)],
    ['holds what the primary lacks', ({ origins }) => (origins === '0-1-9' ? itself : undefined)],
  ])('is made again where it %s, or left', async (_what, errant = () => undefined) => {
    let copied = false;
    const story: CopyStory = {
      // All that it has of its own is saved.
      ...{ ...left, executed: '0-3-1', steps: [restoreBy('flashback', 'clone'), follow] },
      errant: (own, primary) => (copied ? undefined : errant(own, primary)),
      link: {
        adopt: () => {
          copied = true;
          return Promise.resolve();
        },
      },
    };
    const { execution, calls } = copiedServer(story);
    expect(await runRejoin(execution)).toMatchObject({ status: 'succeeded' });
    expect(calls).toEqual(['take']);
    copied = false;
    const { status, outcome } = await rejoin({ ...story, steps: [restoreBy('flashback'), follow] });
    expect(status).toBe('failed');
    expect(outcome.summary).toContain('db3 does not follow: its data may be replaced in part');
    expect(outcome.summary).toContain('0-3-10');
  });

  it('is not followed on while nobody tells whether there is one', async () => {
    const { status } = await rejoin({ ...left, data: { unproven: refusing('agent-unreachable') } });
    expect(status).toBe('failed');
  });
});
