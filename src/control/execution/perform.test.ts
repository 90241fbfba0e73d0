import { describe, expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import type { PromoteRequest, ServerLink } from '../../core/engine.ts';
import type { HostAgent } from '../../core/host.ts';
import { serverId } from '../../core/identity.ts';
import { position } from '../../core/positions.ts';
import { perform } from './perform.ts';
import type { Run } from './run.ts';

const server = (name: string) => ({ id: serverId(name), name, address: { host: name, port: 3306 } });
const call = { signal: new AbortController().signal, deadlineMs: 1000 };

const runWith = (link: Partial<ServerLink>, agent?: Partial<HostAgent>): Run => {
  const surroundings = {
    clock: { sleep: async () => undefined },
    link: () => link,
    agent: () => agent,
  };
  return { surroundings, plan: { steps: [] }, outputs: new Map() } as unknown as Run;
};

describe('a new primary', () => {
  it('forgets its source without a word with its agent: survivors wait for that step', async () => {
    const done: string[] = [];
    const agent: Partial<HostAgent> = { unfence: async () => void done.push('agent asked') };
    const run = runWith({ retireSource: async () => void done.push('retired') }, agent);
    await perform({ verb: 'retire-source', server: server('db2') }, run, call);
    expect(done).toEqual(['retired']);
  });

  it('waits for replicas as the plan says, and what it cannot becomes a flag', async () => {
    const semiSync = { requiredAcks: 1, timeoutMs: 5000, required: false } as const;
    const asked: PromoteRequest[] = [];
    const run = runWith({
      promote: async (request) => {
        asked.push(request);
        return { withoutSemiSync: 'there is no such variable' };
      },
    });
    const action = { verb: 'promote', server: server('db2'), from: server('db1'), semiSync } as const;
    const { unmet } = await perform(action, run, call);
    expect(asked).toEqual([{ semiSync }]);
    expect(unmet?.problem.message).toContain('there is no such variable');
    expect(unmet?.repair).toContain('semi-synchronous replication on db2');
  });

  it('is not tried a second time by a plan where a statement of its promotion fails', async () => {
    let tries = 0;
    const run = runWith({
      promote: () => {
        tries += 1;
        return Promise.reject(new Fault('statement-failed', 'read_only cannot be set'));
      },
    });
    const semiSync = { requiredAcks: 1, timeoutMs: 5000, required: false } as const;
    const action = { verb: 'promote', server: server('db2'), from: server('db1'), semiSync } as const;
    await expect(perform(action, run, call)).rejects.toThrow('read_only cannot be set');
    expect(tries).toBe(1);
  });
});

describe('a freeze', () => {
  /** Of a candidate that is so far behind, look after look; then it is asked no more. */
  async function froze(behindMs: readonly number[], failure?: Fault) {
    let now = 0;
    const asked: number[] = [];
    const link: Partial<ServerLink> = {
      position: async () => position('0-1-1'),
      awaitPosition: async (_position, { deadlineMs }) => {
        if (failure) throw failure;
        const behind = behindMs[asked.length];
        if (behind === undefined) throw new Error('it was asked once too often');
        asked.push(behind);
        now += Math.min(behind, deadlineMs);
      },
      freeze: async () => position('0-1-2'),
    };
    const run = runWith(link);
    Object.assign(run.surroundings.clock, { monotonic: () => now });
    const once = { server: server('db2'), withinMs: 500 };
    const output = await perform({ verb: 'freeze', server: server('db1'), once }, run, call);
    return { asked, at: now, position: output.position };
  }

  it.each([
    ['at once when the candidate keeps pace', [5], 5],
    ['not before the candidate keeps pace', [80, 40, 10], 130],
    ['when its time is over', [300, 190], 490],
  ])('is made %s', async (_what, behindMs, at) => {
    expect(await froze(behindMs)).toEqual({ asked: behindMs, at, position: '0-1-2' });
  });

  it('is made also when nobody knows how far the candidate is', async () => {
    const failure = new Fault('deadline-exceeded', 'no answer within 500 ms');
    expect((await froze([], failure)).position).toBe('0-1-2');
    const gone = new Fault('lease-lost', 'another controller has the cluster');
    await expect(froze([], gone)).rejects.toThrow('another controller');
  });
});
