import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Call } from '../../core/clock.ts';
import type { HostAgent, HostState } from '../../core/host.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import { HostWatch } from './host-watch.ts';

const address = { host: '10.0.0.1', port: 7433 };
const well: HostState = {
  server: 'answers',
  disk: 'writes',
  fenced: false,
  startsReadOnly: false,
  canStartReadOnly: true,
  upMs: 1,
};
const never = Promise.withResolvers<never>().promise;

const unasked = (): Promise<never> => Promise.reject(new Error('only its state is asked'));

const opened: HostWatch[] = [];
afterEach(async () => {
  for (const watch of opened.splice(0)) await watch.close();
});

/** `answer`: what the agent says to each question. */
function scene(answer: (call: Call) => Promise<HostState>) {
  const clock = new VirtualClock();
  let asked = 0;
  const state = (call: Call): Promise<HostState> => {
    asked += 1;
    return answer(call);
  };
  const agent: HostAgent = {
    address,
    state,
    fence: unasked,
    unfence: unasked,
    readTail: unasked,
    readSurplus: unasked,
  };
  const watch = new HostWatch({ clock, agentAt: () => agent });
  opened.push(watch);
  watch.watch([address, address]);
  const pass = async (ms: number): Promise<void> => {
    const end = clock.monotonic() + ms;
    do await nextTurn();
    while (clock.step(end));
    clock.skipTo(end);
  };
  return { watch, pass, clock, asked: () => asked };
}

describe('the watch over hosts', () => {
  it('asks each agent once a second, and keeps what it says', async () => {
    const { watch, pass, asked } = scene(async () => well);
    expect(watch.look(address)).toBeUndefined();
    await pass(4500);
    expect(asked()).toBe(5);
    expect(watch.look(address)?.state).toEqual(well);
    expect(watch.look({ ...address, port: 1 })).toBeUndefined();
  });

  it('gives up an agent that does not answer before it asks again, and tells of it at the third time', async () => {
    let silent = false;
    const { watch, pass, asked } = scene(() => (silent ? never : Promise.resolve(well)));
    await pass(500);
    silent = true;
    await pass(2500);
    expect(watch.look(address)?.state, 'it may only be slow').toEqual(well);
    await pass(1500);
    expect(watch.look(address)?.failure).toContain('no answer within 900 ms');
    expect(asked()).toBe(5);
    silent = false;
    await pass(1000);
    expect(watch.look(address)?.failure).toBeUndefined();
  });

  it('remembers since when the disk is stuck', async () => {
    const looks: HostState['disk'][] = ['writes', 'stuck', 'stuck', 'writes', 'stuck'];
    const { watch, pass, clock } = scene(async () => ({ ...well, disk: looks.shift() ?? 'writes' }));
    const start = clock.now();
    const since: (number | undefined)[] = [];
    for (let second = 0; second < 5; second += 1) {
      await pass(second === 0 ? 500 : 1000);
      const { stuckSince } = watch.look(address) ?? {};
      since.push(stuckSince === undefined ? undefined : stuckSince - start);
    }
    expect(since).toEqual([undefined, 1000, 1000, undefined, 4000]);
  });

  it('ends with a question still under way', async () => {
    const { watch, pass } = scene(() => never);
    await pass(100);
    await watch.close();
    expect(watch.look(address)).toBeUndefined();
  });
});
