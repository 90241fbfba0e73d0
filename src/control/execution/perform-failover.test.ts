import { describe, expect, it } from 'vitest';
import { serverId } from '../../core/identity.ts';
import type { StepOutput } from '../../core/operation.ts';
import { position } from '../../core/positions.ts';
import { countedPositions } from '../../core/testing/counted-positions.ts';
import { failoverHandlers } from './perform-failover.ts';
import type { Of, Run } from './run.ts';

const server = (name: string) => ({ id: serverId(name), name, address: { host: name, port: 3306 } });

const provenBy = { survivors: 1, among: [{ step: 'gather:db3' }], because: 'semi-sync' };

/** db3 is to be promoted; db2 may have been the primary for a moment, and says `has`. */
async function verdictWhen(has: string | undefined): Promise<string | undefined> {
  const action: Of<'assess'> = {
    verb: 'assess',
    server: server('db1'),
    survivors: [{ step: 'gather:db3' }],
    limits: {
      durability: 'salvage',
      maxLoss: 0,
      provenBy,
      possible: [{ server: server('db2'), ruledOut: { step: 'rule-out:db2' } }],
    },
  };
  const outputs = new Map<string, StepOutput>([
    ['gather:db3', { position: position('db1:100') }],
    ['rule-out:db2', { fence: 'read-only', ...(has === undefined ? {} : { position: position(has) }) }],
  ]);
  const run = { outputs, surroundings: { engine: { positions: countedPositions } } } as unknown as Run;
  const call = { signal: new AbortController().signal, deadlineMs: 1000 };
  return (await failoverHandlers.assess(action, run, call)).loss?.verdict;
}

describe('what a possible primary may hold', () => {
  it('is nothing when it was asked and has no more than the others', async () => {
    expect(await verdictWhen('db1:100')).toBe('none');
  });

  it('cannot be ruled out when it has more, or did not say', async () => {
    expect(await verdictWhen('db1:100,db2:3')).toBe('possible');
    expect(await verdictWhen(undefined)).toBe('possible');
  });
});
