/** The simplest of all watchers: a port that refuses three times in a row belongs to a dead server. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../../src/core/identity.ts';
import { RespProber } from '../../test/kit/redis/resp-prober.ts';

const EVERY_MS = 50;
const TIMES = 3;

/** Resolves when it is dead; rejects with the signal's reason. A hung server is alive to it. */
export async function awaitRefusals(address: Address, signal: AbortSignal): Promise<void> {
  let refusals = 0;
  while (refusals < TIMES) {
    await sleep(EVERY_MS, undefined, { signal });
    refusals = (await refuses(address)) ? refusals + 1 : 0;
  }
}

async function refuses(address: Address): Promise<boolean> {
  try {
    using _open = await RespProber.open({ address }, EVERY_MS);
    return false;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'ECONNREFUSED';
  }
}
