import { expect, test } from 'vitest';
import type { Call } from '../../core/clock.ts';
import type { HostAddresses } from '../../core/host.ts';
import type { Address } from '../../core/identity.ts';
import type { VipSettings } from '../../core/policy.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import { type VipHost, vipRoute } from './vip-route.ts';

const settings: VipSettings = { name: 'rw', kind: 'vip', address: '10.0.0.50/24' };
const call: Call = { signal: new AbortController().signal, deadlineMs: 1000 };
const [one, two]: readonly [Address, Address] = [
  { host: '10.0.0.1', port: 3306 },
  { host: '10.0.0.2', port: 3306 },
];

/** Has the address, lacks it, or is a host that is off: nothing ever comes back from there. */
type Agent = 'has' | 'lacks' | 'hangs';

function hostAt(server: Address, agent: Agent): VipHost {
  let held = agent === 'has';
  const answer = <T>(happen: () => T): Promise<T> =>
    agent === 'hangs' ? new Promise<T>(() => undefined) : Promise.resolve(happen());
  const addresses: HostAddresses = {
    look: () => answer(() => ({ held })),
    claim: () =>
      answer(() => {
        held = true;
      }),
    drop: () =>
      answer(() => {
        held = false;
      }),
  };
  return { server, agent: { addresses } };
}

function scene(...agents: readonly [Agent, Agent]) {
  const clock = new VirtualClock();
  const route = vipRoute(settings, [hostAt(one, agents[0]), hostAt(two, agents[1])], clock);
  /** What came of it, and after how long. */
  const timed = async <T>(work: Promise<T>): Promise<{ readonly answer: T; readonly ms: number }> => {
    const began = clock.monotonic();
    let over = false;
    const end = (): void => {
      over = true;
    };
    work.then(end, end);
    while (!over) {
      for (let turns = 0; turns < 50; turns++) await Promise.resolve();
      if (!over) clock.step(Number.POSITIVE_INFINITY);
    }
    return { answer: await work, ms: clock.monotonic() - began };
  };
  return { route, timed };
}

test('a look that one host leaves unanswered comes back in time, with what the others said', async () => {
  const { route, timed } = scene('hangs', 'has');
  const { answer, ms } = await timed(route.look(call));
  expect(answer).toEqual({ target: two, held: false, barred: [one] });
  expect(ms).toBeLessThan(call.deadlineMs);
});

test('the time left to a host that may have it is a part of the call’s, however short that is', async () => {
  const { route, timed } = scene('hangs', 'lacks');
  expect((await timed(route.look(call))).answer).toEqual({ held: true, barred: [one] });
  const brief: Call = { ...call, deadlineMs: 100 };
  expect((await timed(route.look(brief))).ms).toBeLessThan(brief.deadlineMs);
});

test('the address is brought to another host, and seen there, while the one that had it is silent', async () => {
  const { route, timed } = scene('hangs', 'lacks');
  await timed(route.look(call));
  await timed(route.release(two, call));
  expect((await timed(route.look(call))).answer).toEqual({ target: two, held: false, barred: [one] });
});

test('when every host is silent it says so before the time is over', async () => {
  const { route, timed } = scene('hangs', 'hangs');
  const { answer, ms } = await timed(route.look(call).catch((thrown: unknown) => thrown));
  expect(answer).toMatchObject({
    code: 'route-unreachable',
    message: expect.stringContaining('the agent beside 10.0.0.1:3306: no answer within') as unknown,
  });
  expect(ms).toBeLessThan(call.deadlineMs);
});
