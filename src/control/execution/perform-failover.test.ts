import { describe, expect, it } from 'vitest';
import { serverId } from '../../core/identity.ts';
import type { Loss, StepOutput } from '../../core/operation.ts';
import type { LossLimits } from '../../core/plan.ts';
import { position } from '../../core/positions.ts';
import { countedPositions } from '../../core/testing/counted-positions.ts';
import { failoverHandlers } from './perform-failover.ts';
import type { Of, Run } from './run.ts';

const server = (name: string) => ({ id: serverId(name), name, address: { host: name, port: 3306 } });

const provenBy = { survivors: 1, among: [{ step: 'gather:db3' }], because: 'semi-sync' };

/** db3 is to be promoted; db2 may have been the primary for a moment, and says `has`. */
async function lossWhen(
  has: string | undefined,
  limits: Partial<LossLimits> = {},
): Promise<Loss | undefined> {
  const action: Of<'assess'> = {
    verb: 'assess',
    server: server('db1'),
    survivors: [{ step: 'gather:db3' }],
    limits: {
      durability: 'salvage',
      maxLoss: 0,
      provenBy,
      possible: [{ server: server('db2'), ruledOut: { step: 'rule-out:db2' } }],
      ...limits,
    },
  };
  const outputs = new Map<string, StepOutput>([
    ['gather:db3', { position: position('db1:100') }],
    ['rule-out:db2', { fence: 'read-only', ...(has === undefined ? {} : { position: position(has) }) }],
  ]);
  const run = { outputs, surroundings: { engine: { positions: countedPositions } } } as unknown as Run;
  const call = { signal: new AbortController().signal, deadlineMs: 1000 };
  return (await failoverHandlers.assess(action, run, call)).loss;
}

describe('what a possible primary may hold', () => {
  it('is nothing when it was asked and has no more than the others', async () => {
    expect((await lossWhen('db1:100'))?.verdict).toBe('none');
  });

  it('cannot be ruled out when it did not say', async () => {
    expect((await lossWhen(undefined))?.verdict).toBe('possible');
  });

  it('is left behind only upon a person’s word, and named', async () => {
    const lax = { durability: 'available', maxLoss: 'any' } as const;
    await expect(lossWhen('db1:100,db2:3', lax)).rejects.toMatchObject({
      code: 'loss-not-accepted',
      message: expect.stringContaining('(missing: db2:1-3)') as unknown,
    });
    const loss = await lossWhen('db1:100,db2:3', { accepted: { by: 'ada' } });
    expect(loss).toMatchObject({ verdict: 'known', transactions: 3, names: 'db2:1-3', acceptedBy: 'ada' });
    expect(loss?.because).toContain('db2 still has what it took alone');
  });

  it('is counted once where the dead primary was seen with it', async () => {
    const limits = { accepted: { by: 'ada' }, lastSeen: position('db1:105') };
    expect(await lossWhen('db1:103,db2:1', limits)).toMatchObject({
      transactions: 6,
      names: 'db1:101-105, db2:1',
    });
  });
});
