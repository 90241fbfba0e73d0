import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { Fault, type FaultCode } from '../../contract/errors.ts';
import type { ServerLink } from '../../core/engine.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import { Member } from '../observation/member.ts';
import { Episode } from './episode.ts';

/** Makes a receiver try anew, which ends so; an operation has the receivers in hand for that long, milliseconds. */
async function renewed(failure: FaultCode | undefined, busyMs = 0) {
  const clock = new VirtualClock();
  const startReceiving = vi.fn<() => Promise<void>>(() => Promise.resolve());
  const renewReceiver = vi.fn<() => Promise<void>>(() =>
    failure ? Promise.reject(new Fault(failure, 'staged')) : Promise.resolve(),
  );
  const link: Pick<ServerLink, 'address' | 'renewReceiver' | 'startReceiving'> = {
    address: { host: 'db2', port: 3306 },
    renewReceiver,
    startReceiving,
  };
  const member = new Member({ link: link as ServerLink, clock, configured: true });
  const { signal: lifetime } = new AbortController();
  const busy = () => clock.monotonic() < busyMs;
  const episode = new Episode({ clock, lifetime, busy });
  episode.renew('db2', member, 'a channel');
  const startedAt = async (ms: number): Promise<number> => {
    do await nextTurn();
    while (clock.step(ms));
    return startReceiving.mock.calls.length;
  };
  return { startedAt, renewReceiver };
}

it('only the channel that follows the suspected one is made to try', async () => {
  const { renewReceiver } = await renewed(undefined);
  expect(renewReceiver).toHaveBeenCalledWith('a channel', expect.anything());
});

it.each<[FaultCode | undefined, number]>([
  ['deadline-exceeded', 1],
  ['connection-lost', 1],
  ['replication-broken', 0],
  [undefined, 0],
])('a receiver whose renewal ends with %s is started again %i times', async (failure, times) => {
  expect(await (await renewed(failure)).startedAt(1000)).toBe(times);
});

it('and not before the operation that has it in hand has ended', async () => {
  const { startedAt } = await renewed('connection-lost', 2000);
  expect(await startedAt(1900)).toBe(0);
  expect(await startedAt(2600)).toBe(1);
});

it('nor after one that took so long that it puts receivers back by itself', async () => {
  const { startedAt } = await renewed('connection-lost', 60_000);
  expect(await startedAt(90_000)).toBe(0);
});
