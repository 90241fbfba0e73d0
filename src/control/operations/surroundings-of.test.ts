import { describe, expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import { operationId } from '../../core/identity.ts';
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
});
