import { expect, test } from 'vitest';
import type { Call, Clock } from '../../core/clock.ts';
import type { Address } from '../../core/identity.ts';
import type { VipSettings } from '../../core/policy.ts';
import type { RouteState } from '../../core/route.ts';
import { cluster, nodeNamed } from '../../core/testing/cluster-builder.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';
import { RouteWatch } from './route-watch.ts';

const clock: Clock = new VirtualClock();
const call: Call = { signal: new AbortController().signal, deadlineMs: 1000 };
const settings: VipSettings = { name: 'rw', kind: 'vip', address: '10.0.0.50/24' };
const topology = cluster().primary('db1').replica('db2').topology();
const [db1, db2] = [nodeNamed(topology, 'db1'), nodeNamed(topology, 'db2')];

async function watching(...states: readonly RouteState[]): Promise<RouteWatch> {
  const left = [...states];
  const unasked = (): Promise<never> => Promise.reject(new Error('it is only looked at'));
  const look = (): Promise<RouteState> => Promise.resolve(left.shift() ?? { held: false });
  const watch = new RouteWatch(
    cluster().policy({ routes: [settings] }),
    () => ({ settings, look, hold: unasked, release: unasked }),
    clock,
  );
  for (const _ of states) await watch.look(call);
  return watch;
}

const at = (target: Address, also?: Address): RouteState => ({
  target,
  held: false,
  ...(also ? { also: [also] } : {}),
});

const summaries = (watch: RouteWatch): readonly string[] =>
  watch.findings(topology.cluster, db1).map(({ summary }) => summary);

test('a route at the primary is where it belongs, one elsewhere is told and mended', async () => {
  const well = await watching(at(db1.address));
  expect(summaries(well)).toEqual([]);
  expect(well.adrift(db1)).toHaveLength(0);
  const wrong = await watching(at(db2.address));
  expect(summaries(wrong)).toEqual([expect.stringMatching(/^route rw sends clients to /)]);
  expect(wrong.adrift(db1)).toHaveLength(1);
});

test('one that also leads to another server is adrift', async () => {
  const watch = await watching(at(db1.address, db2.address));
  expect(summaries(watch)).toHaveLength(1);
  expect(watch.adrift(db1)).toHaveLength(1);
});

test('one that nobody has while the agent beside the primary is silent may be there: it is not said to lead nowhere', async () => {
  const silent = { held: true, barred: [db1.address] };
  const watch = await watching(at(db1.address), silent, silent);
  expect(watch.findings(topology.cluster, db1)).toMatchObject([{ code: 'route-unreachable' }]);
  // Nobody there would take it.
  expect(watch.adrift(db1)).toEqual([]);
  const other = { held: true, barred: [db2.address] };
  expect((await watching(other, other)).adrift(db1)).toHaveLength(1);
});

test('one that leads nowhere is mended at once, and told when it was not a moment of a hand-over', async () => {
  const once = await watching(at(db1.address), { held: true });
  expect(once.adrift(db1)).toHaveLength(1);
  expect(summaries(once)).toEqual([]);
  expect(summaries(await watching({ held: true }, { held: true }))).toEqual([
    expect.stringMatching(/^route rw leads nowhere, the primary is /),
  ]);
  expect(summaries(await watching({ held: true }, at(db1.address), { held: true }))).toEqual([]);
});
