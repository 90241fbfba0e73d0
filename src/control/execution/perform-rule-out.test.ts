import { describe, expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { ServerLink } from '../../core/engine.ts';
import { ruleOutSteps } from '../../core/failover/possible-primaries.ts';
import type { HostAgent } from '../../core/host.ts';
import { operationId, serverId } from '../../core/identity.ts';
import { position } from '../../core/positions.ts';
import { cluster, nodeNamed, testTime } from '../../core/testing/cluster-builder.ts';
import { ruleOut } from './perform-rule-out.ts';
import type { Run } from './run.ts';

/** Db2 of a cluster, with an agent. */
function step() {
  const agent = { host: '127.0.0.1', port: 7433 };
  const built = cluster().primary('db1').replica('db2', { settings: { agent } });
  const node = nodeNamed(built.topology(), 'db2');
  const doubt = { operation: operationId('op-1'), at: testTime, name: 'db2', address: node.address };
  const [only] = ruleOutSteps({ server: serverId('db2'), doubt, node }, built.policy());
  if (only?.action.verb !== 'rule-out') throw new Error('it is not ruled out');
  return { action: only.action, deadlineMs: only.deadlineMs };
}

const runWith = (link: Partial<ServerLink>, agent: Partial<HostAgent>): Run =>
  ({ surroundings: { link: () => link, agent: () => agent } }) as unknown as Run;

describe('a server that may have been promoted', () => {
  const { signal } = new AbortController();

  it('is given time for every attempt, one after the other', async () => {
    const { action, deadlineMs } = step();
    let spentMs = 0;
    const spend = (call: Call): void => {
      spentMs += call.deadlineMs;
    };
    const late = (call: Call): Promise<never> => {
      spend(call);
      return Promise.reject(new Fault('deadline-exceeded', 'no answer'));
    };
    const run = runWith(
      { takeOver: async (call) => spend(call), makeReadOnly: late },
      {
        fence: async (call) => {
          spend(call);
          return { how: 'killed' };
        },
        unfence: (_request, call) => late(call),
      },
    );
    const { fence, unmet } = await ruleOut(action, run, { signal, deadlineMs });
    expect(fence).toBe('agent');
    expect(unmet?.problem.code).toBe('deadline-exceeded');
    expect(unmet?.problem.message).toContain('may keep it down');
    expect(spentMs).toBeLessThanOrEqual(deadlineMs);
  });

  it('says what it has, once nothing is added to it', async () => {
    const { action, deadlineMs } = step();
    const done: string[] = [];
    const run = runWith(
      {
        takeOver: async () => void done.push('take over'),
        makeReadOnly: async () => void done.push('read-only'),
        position: async () => {
          done.push('position');
          return position('db2:7');
        },
      },
      {},
    );
    const output = await ruleOut(action, run, { signal, deadlineMs });
    expect(output).toEqual({ fence: 'read-only', position: 'db2:7' });
    expect(done).toEqual(['take over', 'read-only', 'position']);
  });
});
