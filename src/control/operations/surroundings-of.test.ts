import { describe, expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import type { HostAgent } from '../../core/host.ts';
import { operationId } from '../../core/identity.ts';
import type { Target } from '../../core/plan.ts';
import type { HookOccasion } from '../execution/surroundings.ts';
import { type SurroundingParts, surroundingsOf, type Undertaking } from './surroundings-of.ts';

describe('what an operation reaches out to', () => {
  it('no hook is run once the lease is over', async () => {
    let ran = 0;
    const parts = {
      runHook: () => {
        ran += 1;
        return Promise.resolve();
      },
    } as Partial<SurroundingParts> as SurroundingParts;
    const lease = {
      assertHeld: () => {
        throw new Fault('lease-lost', 'its time is over');
      },
    } as Partial<Undertaking['lease']> as Undertaking['lease'];
    const cluster = { setup: {} } as Undertaking['cluster'];
    const { runHook } = surroundingsOf(parts, { cluster, lease, operation: operationId('op-1') });
    const call = { signal: new AbortController().signal, deadlineMs: 1000 };
    const work = runHook({ command: ['/bin/true'], timeoutMs: 1000 }, {} as HookOccasion, call);
    await expect(work).rejects.toMatchObject({ code: 'lease-lost' });
    expect(ran).toBe(0);
  });

  it('stamps what it orders of an agent with its lease, and each order with a number of its own', async () => {
    const told: unknown[] = [];
    const agent = {
      fence: async (_call, order) => {
        told.push(order);
        return { how: 'killed' };
      },
      unfence: async ({ order }) => void told.push(order),
    } as Partial<HostAgent> as HostAgent;
    const known = { setup: {}, idOf: () => 'db1', agentOf: () => agent };
    const cluster = known as unknown as Undertaking['cluster'];
    const lease = { assertHeld: () => undefined, guard: { revision: 7 } } as Undertaking['lease'];
    const operation = operationId('op-1');
    const surroundings = surroundingsOf({} as SurroundingParts, { cluster, lease, operation });
    const server = { id: 'db1' } as unknown as Target;
    const call = { signal: new AbortController().signal, deadlineMs: 1000 };
    await surroundings.agent(server)?.fence(call);
    await surroundings.agent(server)?.unfence({ start: 'read-only' }, call);
    await surroundings.agent(server)?.fence(call);
    expect(told).toEqual([1, 2, 3].map((order) => ({ operation, lease: 7, order })));
  });
});
