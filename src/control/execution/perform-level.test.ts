import { describe, expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import { serverId } from '../../core/identity.ts';
import type { Loss, StepOutput } from '../../core/operation.ts';
import type { LossLimits, Target } from '../../core/plan.ts';
import { position } from '../../core/positions.ts';
import { countedPositions } from '../../core/testing/counted-positions.ts';
import { level } from './perform-level.ts';
import type { Of, Run } from './run.ts';

const server = (name: string): Target => ({ id: serverId(name), name, address: { host: name, port: 3306 } });

const survivor = (name: string) => ({ server: server(name), gathered: { step: `gather:${name}` } });
const action: Of<'level'> = { verb: 'level', server: server('db2'), survivors: ['db2', 'db3'].map(survivor) };

interface Weighed {
  readonly limits: LossLimits;
  readonly assessed: Loss;
}

/** Db3 has received seven transactions more than db2, and gives none of them. */
async function levelled({ limits, assessed }: Weighed): Promise<Loss | undefined> {
  const outputs = new Map<string, StepOutput>([
    ['gather:db2', { position: position('db1:85') }],
    ['gather:db3', { position: position('db1:92') }],
    ['assess', { loss: assessed }],
  ]);
  const assess: Of<'assess'> = { verb: 'assess', server: server('db1'), survivors: [], limits };
  const link = {
    awaitPosition: async () => undefined,
    position: async () => position('db1:85'),
    probe: () => Promise.reject(new Fault('connection-lost', 'it is silent')),
    stopReceiving: async () => position('db1:85'),
  };
  const surroundings = {
    clock: { monotonic: () => 0 },
    engine: { positions: countedPositions },
    link: () => link,
  };
  const plan = { steps: [{ id: 'assess', action: assess }] };
  const run = { surroundings, plan, operation: 'op-1', outputs } as unknown as Run;
  const output = await level(action, run, { signal: new AbortController().signal, deadlineMs: 1000 });
  return output.loss;
}

const known: Loss = {
  verdict: 'known',
  transactions: 8,
  names: 'db1:93-100',
  because: 'nobody has the named ones',
};
const possible: Loss = {
  verdict: 'possible',
  transactions: 0,
  names: '',
  because: 'the log was read; but db4 may have been the primary for a moment',
};
const none: Loss = { verdict: 'none', transactions: 0, names: '', because: 'the log was read to its end' };
const salvage = { durability: 'salvage' } as const;

describe('what a survivor could not give on', () => {
  it('is lost besides what nobody has, and both are named', async () => {
    const loss = await levelled({ limits: { ...salvage, maxLoss: 15 }, assessed: known });
    expect(loss).toMatchObject({ verdict: 'known', transactions: 15, names: 'db1:93-100, db1:86-92' });
    expect(loss?.because).toContain(known.because);
  });

  it('is held against the limit together with what nobody has', async () => {
    const refused = levelled({ limits: { ...salvage, maxLoss: 10 }, assessed: known });
    await expect(refused).rejects.toMatchObject({
      code: 'loss-not-accepted',
      details: { loss: { transactions: 15 } },
    });
    await expect(refused).rejects.toThrow('db1:93-100, db1:86-92');
  });

  it('is accepted with a person’s word, and all that is lost is still told', async () => {
    const limits = { ...salvage, maxLoss: 0, accepted: { by: 'ann' } };
    const loss = await levelled({ limits, assessed: { ...known, acceptedBy: 'ann' } });
    expect(loss).toMatchObject({ transactions: 15, names: 'db1:93-100, db1:86-92', acceptedBy: 'ann' });
  });

  it('hides nobody who may have been the primary for a moment', async () => {
    const loss = await levelled({ limits: { ...salvage, maxLoss: 10 }, assessed: possible });
    expect(loss).toMatchObject({ verdict: 'known', transactions: 7, names: 'db1:86-92' });
    expect(loss?.because).toContain('db4 may have been the primary for a moment');
  });

  it('is all there is to tell where nothing else was lost', async () => {
    const loss = await levelled({ limits: { ...salvage, maxLoss: 10 }, assessed: none });
    expect(loss).toMatchObject({ verdict: 'known', transactions: 7, names: 'db1:86-92' });
    expect(loss?.because).not.toContain(none.because);
  });
});
