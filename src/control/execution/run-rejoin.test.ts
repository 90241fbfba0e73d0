import { describe, expect, it } from 'vitest';
import { runRejoin } from './run-rejoin.ts';
import { type CopyStory, copiedServer, follow, refusing, restore, settle } from './testing/copied-server.ts';

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
