import { describe, expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import type { HostAgent } from '../../core/host.ts';
import { serverId } from '../../core/identity.ts';
import { Abandonment } from './abandonment.ts';
import { Progress } from './progress.ts';
import { resumeFailover } from './run-failover.ts';
import type { Execution } from './run-steps.ts';

const server = (name: string) => ({ id: serverId(name), name, address: { host: name, port: 3306 } });

/** db2 was being promoted, and does not answer; every look at the clock is 3 s later. */
function silentCandidate(agent: Partial<HostAgent> | undefined): Execution {
  const progress = new Progress();
  progress.take({ event: 'step-started', step: 'promote:db2' });
  let at = 0;
  const silent = (): Promise<never> => Promise.reject(new Fault('connection-lost', 'it is silent'));
  const execution = {
    operation: 'op-1',
    plan: { from: server('db1'), to: server('db2'), pointOfNoReturn: 'promote:db2', steps: [] },
    progress,
    outputs: progress.outputs,
    journal: { note: () => Promise.resolve() },
    journalComplete: true,
    carried: [],
    stop: new AbortController().signal,
    abandonment: new Abandonment(),
    surroundings: {
      clock: {
        now: () => at,
        monotonic: () => {
          at += 3000;
          return at;
        },
        sleep: () => Promise.resolve(),
      },
      assertAllowed: () => undefined,
      link: () => ({ takeOver: silent, probe: silent }),
      agent: () => agent,
    },
  };
  return execution as unknown as Execution;
}

describe('a candidate that fell silent while it was promoted', () => {
  it('and was put down may have taken writes: that is handed on', async () => {
    const agent: Partial<HostAgent> = {
      fence: () => Promise.resolve({ how: 'killed' }),
      unfence: () => Promise.resolve(),
    };
    const left = new Fault('lease-lost', 'the controller that ran it died');
    const { status, putDown } = await resumeFailover(silentCandidate(agent), left);
    expect({ status, putDown }).toEqual({ status: 'rolled-back', putDown: 'the agent on its host' });
  });

  it('and is not started again is told to a person', async () => {
    const agent: Partial<HostAgent> = {
      fence: () => Promise.resolve({ how: 'killed' }),
      unfence: () => Promise.reject(new Fault('agent-unreachable', 'it fell silent, too')),
    };
    const left = new Fault('lease-lost', 'the controller that ran it died');
    const { outcome } = await resumeFailover(silentCandidate(agent), left);
    expect(outcome.flags).toMatchObject([
      { step: 'promote:db2', server: 'db2', problem: { code: 'agent-unreachable' } },
    ]);
  });
});
