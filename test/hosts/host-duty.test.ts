import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import type { MovingAddress } from '../../src/core/host.ts';
import { engineHosts } from '../../src/engines/host-registry.ts';
import { DiskProbe } from '../../src/hosts/agent/disk-probe.ts';
import { FenceGuard } from '../../src/hosts/agent/fence-guard.ts';
import { hostData } from '../../src/hosts/agent/host-data.ts';
import { HostDuty } from '../../src/hosts/agent/host-duty.ts';
import { ServerFinder } from '../../src/hosts/agent/server-finder.ts';

const address: MovingAddress = { address: '192.0.2.7/24' };
const call = { signal: new AbortController().signal, deadlineMs: 8000 };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'duty-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Of a server that is not there, on a host whose service manager never answers. */
function duty(moves: string[]): HostDuty {
  const engine = engineHosts.mariadb;
  const log = pino({ level: 'silent' });
  const finder = new ServerFinder({ programs: engine.programs, dataFolder: folder }, systemClock);
  const never = () => new Promise<void>(() => undefined);
  return new HostDuty({
    engine,
    clock: systemClock,
    log,
    finder,
    guard: new FenceGuard(finder, systemClock, log),
    disk: new DiskProbe(join(folder, 'probe'), systemClock),
    supervision: { hold: never, release: never, start: never, canStart: true, takesArgs: false },
    where: { path: join(folder, 'socket') },
    data: hostData(folder),
    addresses: {
      look: async () => ({ held: false }),
      claim: async () => void moves.push('claim'),
      drop: async () => void moves.push('drop'),
      dropAll: async () => void moves.push('drop all'),
    },
    marks: { dataDir: folder, readOnlyLines: [] },
    mark: { fenced: false, startsReadOnly: false },
    logPlace: () => Promise.reject(new Error('no log')),
  });
}

it('addresses are dropped while a change of the fence hangs, and none is claimed once a fence is ordered', async () => {
  const moves: string[] = [];
  using own = duty(moves);
  await own.addresses.claim(address, call);
  const over = new AbortController();
  const long = { signal: over.signal, deadlineMs: 60_000 };
  own.unfence({ start: 'no' }, long).catch(() => undefined);
  await own.addresses.drop(address, call);
  own.fence(long).catch(() => undefined);
  await expect(own.addresses.claim(address, call)).rejects.toMatchObject({ code: 'route-refused' });
  expect(moves).toEqual(['claim', 'drop', 'drop all']);
  over.abort();
});

it('a service manager that never answers holds up a lift for as long as its caller waits, and no fence after it', async () => {
  using own = duty([]);
  await own.fence(call);
  await expect(own.unfence({ start: 'no' }, { ...call, deadlineMs: 50 })).rejects.toThrow('no answer');
  expect(await own.fence(call)).toEqual({ how: 'was-gone' });
});
