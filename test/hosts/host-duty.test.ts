import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/control/system-clock.ts';
import { withDeadline } from '../../src/core/deadline.ts';
import type { HostBackup, MovingAddress } from '../../src/core/host.ts';
import { operationId } from '../../src/core/identity.ts';
import { position } from '../../src/core/positions.ts';
import { engineHosts } from '../../src/engines/host-registry.ts';
import { DiskProbe } from '../../src/hosts/agent/disk-probe.ts';
import { FenceGuard } from '../../src/hosts/agent/fence-guard.ts';
import { hostCopies } from '../../src/hosts/agent/host-copies.ts';
import { hostData } from '../../src/hosts/agent/host-data.ts';
import { HostDuty, type HostDutyParts } from '../../src/hosts/agent/host-duty.ts';
import { ServerFinder } from '../../src/hosts/agent/server-finder.ts';
import { until } from '../kit/deadline.ts';

const address: MovingAddress = { address: '192.0.2.7/24' };
const call = { signal: new AbortController().signal, deadlineMs: 8000 };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'duty-'));
});
// What a fence writes down for a caller that has left may still be on its way.
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }));

/** Of a server that is not there, on a host whose service manager never answers. */
function duty(moves: string[], parts: Partial<HostDutyParts> = {}): HostDuty {
  const engine = engineHosts.mariadb;
  const log = pino({ level: 'silent' });
  const finder = new ServerFinder({ programs: engine.programs, dataFolder: folder }, systemClock);
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
    ...parts,
  });
}

const never = () => new Promise<void>(() => undefined);

it('addresses are dropped while a change of the fence hangs, and none is claimed once a fence is ordered', async () => {
  const moves: string[] = [];
  using own = duty(moves);
  await own.addresses.claim(address, call);
  const over = new AbortController();
  const long = { signal: over.signal, deadlineMs: 60_000 };
  const lifted = own.unfence({ start: 'no' }, long);
  await own.addresses.drop(address, call);
  const fenced = own.fence(long);
  await expect(own.addresses.claim(address, call)).rejects.toMatchObject({ code: 'route-refused' });
  expect(moves).toEqual(['claim', 'drop', 'drop all']);
  over.abort();
  await Promise.allSettled([lifted, fenced]);
});

it('addresses that cannot be taken off hold up no fence', async () => {
  const { addresses: own } = duty([]);
  using host = duty([], { addresses: { ...own, dropAll: never } });
  const soon = { ...call, deadlineMs: 5000 };
  expect(await withDeadline(systemClock, soon, 'the fence', () => host.fence(call))).toEqual({
    how: 'was-gone',
  });
  expect((await host.state(call)).fenced).toBe(true);
});

it('a service manager that never answers holds up a lift for as long as its caller waits, and no fence after it', async () => {
  using own = duty([]);
  await own.fence(call);
  await expect(own.unfence({ start: 'no' }, { ...call, deadlineMs: 50 })).rejects.toThrow('no answer');
  expect(await own.fence(call)).toEqual({ how: 'was-gone' });
});

describe('a service manager', () => {
  /** It keeps the server from starting, or does not. `steps`: what it is asked for next comes to an end, or fails. */
  function manager() {
    const asked: string[] = [];
    let held = false;
    const ends: Record<string, () => Promise<void>> = {};
    const step = (name: string, holds: boolean) => async () => {
      asked.push(name);
      await ends[name]?.();
      held = holds;
    };
    const supervision = {
      ...{ hold: step('hold', true), release: step('release', false), start: never },
      ...{ canStart: false, takesArgs: false },
    };
    return { supervision, asked, ends, isHeld: () => held };
  }

  const awaitHeld = (isHeld: () => boolean) =>
    until('others to be kept from starting it', { deadlineMs: 8000 }, () => Promise.resolve(isHeld()));
  const stamp = (lease: number, order: number) => ({ operation: operationId('op-a'), lease, order });

  it('is asked again to keep a server down whose fence could not be lifted', async () => {
    const { supervision, ends, isHeld } = manager();
    using own = duty([], { supervision });
    await own.fence(call, stamp(1, 1));
    expect(isHeld()).toBe(true);
    const released = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    ends.release = () => {
      begun.resolve();
      return released.promise;
    };
    const lifted = own.unfence({ start: 'no', order: stamp(1, 2) }, call);
    await begun.promise;
    const fenced = own.fence(call, stamp(2, 1));
    released.resolve();
    await expect(lifted).rejects.toMatchObject({ code: 'refused' });
    await fenced;
    await awaitHeld(isHeld);
    expect((await own.state(call)).fenced).toBe(true);
  });

  it('keeps it down also when the one who lifted the fence left, and nobody fences again', async () => {
    const { supervision, ends, isHeld } = manager();
    using own = duty([], { supervision });
    await own.fence(call);
    const left = new AbortController();
    ends.release = async () => left.abort(new Error('the controller has left'));
    await expect(own.unfence({ start: 'no' }, { ...call, signal: left.signal })).rejects.toThrow('has left');
    await awaitHeld(isHeld);
  });

  it('that could not do it is asked again with the next fence, and not again when it could', async () => {
    const { supervision, ends, isHeld, asked } = manager();
    using own = duty([], { supervision });
    ends.hold = () => Promise.reject(new Error('not now'));
    await own.fence(call);
    delete ends.hold;
    await own.fence(call);
    expect(isHeld()).toBe(true);
    await own.fence(call);
    expect(asked).toEqual(['hold', 'hold']);
  });

  it('is asked when the agent starts and a fence is on record', async () => {
    const { supervision, isHeld } = manager();
    using _ = duty([], { supervision, mark: { fenced: true, startsReadOnly: true } });
    await awaitHeld(isHeld);
  });

  it('is asked again after a lift', async () => {
    const { supervision, asked } = manager();
    using own = duty([], { supervision });
    await own.fence(call);
    await own.unfence({ start: 'no' }, call);
    await own.fence(call);
    expect(asked).toEqual(['hold', 'release', 'hold']);
  });

  it('that is slow has put one fence in force before the next is lifted', async () => {
    const { supervision, ends, asked } = manager();
    using own = duty([], { supervision });
    const slow = Promise.withResolvers<void>();
    ends.hold = () => slow.promise.finally(() => asked.push('held'));
    await own.fence(call);
    // Whatever else it is asked for is done at once.
    ends.hold = async () => undefined;
    await own.fence(call);
    const lifted = own.unfence({ start: 'no' }, call);
    slow.resolve();
    await lifted;
    expect(asked).toEqual(['hold', 'held', 'release']);
  });
});

describe('a copy', () => {
  const over = () => Promise.resolve();
  const supervision = { hold: over, release: over, start: over, canStart: false, takesArgs: false };
  const words = async (copy: AsyncIterable<Uint8Array>) => {
    let text = '';
    for await (const chunk of copy) text += Buffer.from(chunk).toString();
    return text;
  };

  async function scene(unpacked: () => Promise<unknown> = over, beforeSwap = over, fenced = () => {}) {
    const dataFolder = join(folder, 'data');
    await mkdir(dataFolder);
    await writeFile(join(dataFolder, 'ibdata1'), 'the server');
    const backup: HostBackup = {
      take: () => Promise.reject(new Error('not asked for')),
      unpack: async (fresh, copy) => {
        await writeFile(join(fresh, 'ibdata1'), await words(copy));
        await unpacked();
        return position('0-1-1');
      },
    };
    const server = { dataFolder };
    const log = pino({ level: 'warn' }, { write: fenced });
    const host = duty([], {
      ...{ supervision, log },
      data: hostData(dataFolder),
      copies: (own) => {
        const whileDown: typeof own.whileDown = (asked, swap) =>
          own.whileDown(asked, () => beforeSwap().then(swap));
        return hostCopies({ backup, server, dataDir: folder, fence: { whileDown } });
      },
    });
    const { copies } = host;
    if (!copies) throw new Error('no copies');
    return { host, copies, content: () => readFile(join(dataFolder, 'ibdata1'), 'utf8') };
  }

  const hasty = { ...call, deadlineMs: 300 };

  async function* bytes(text: string) {
    yield Buffer.from(text);
  }

  it('whose controller has left meanwhile replaces nothing', async () => {
    const left = new AbortController();
    const { host, copies, content } = await scene(async () => left.abort(new Error('it has left')));
    using _ = host;
    await expect(copies.take(bytes('copy'), { ...call, signal: left.signal })).rejects.toThrow('it has left');
    expect(await content()).toBe('the server');
  });

  it('whose controller leaves when the server is down already replaces nothing', async () => {
    const left = new AbortController();
    const leave = () => left.abort(new Error('it has left'));
    const { host, copies, content } = await scene(over, over, leave);
    using _ = host;
    await expect(copies.take(bytes('copy'), { ...call, signal: left.signal })).rejects.toThrow('it has left');
    expect(await content()).toBe('the server');
  });

  it('waits for the one before it, of a controller that has left', async () => {
    const gate = Promise.withResolvers<void>();
    let taken = 0;
    const { host, copies, content } = await scene(() => (++taken === 1 ? gate.promise : over()));
    using _ = host;
    const left = new AbortController();
    const first = copies.take(bytes('copy 1'), { ...call, signal: left.signal });
    first.catch(() => undefined);
    await until('it to be unpacked', { deadlineMs: 8000 }, async () => taken === 1);
    const second = copies.take(bytes('copy 2'), call);
    await expect(withDeadline(systemClock, hasty, 'it', () => second)).rejects.toThrow('no answer');
    left.abort(new Error('it has left'));
    gate.resolve();
    await expect(first).rejects.toThrow('it has left');
    expect(await second).toMatchObject({ position: '0-1-1', oldData: join(folder, 'data.dauphin-old') });
    expect(await content()).toBe('copy 2');
    expect((await host.state(call)).fenced).toBe(true);
  });

  it('is in its place before the fence that it came under is lifted', async () => {
    const down = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const { host, copies, content } = await scene(over, () => {
      down.resolve();
      return gate.promise;
    });
    using _ = host;
    const taken = copies.take(bytes('copy'), call);
    await down.promise;
    await expect(
      withDeadline(systemClock, hasty, 'it', () => host.unfence({ start: 'no' }, call)),
    ).rejects.toThrow('no answer');
    expect((await host.state(call)).fenced).toBe(true);
    gate.resolve();
    await taken;
    expect(await content()).toBe('copy');
    await until('the lift', { deadlineMs: 8000 }, async () => !(await host.state(call)).fenced);
  });
});
