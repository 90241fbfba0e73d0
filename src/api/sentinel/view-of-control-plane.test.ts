import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sampleTopology } from '../../contract/sample-topology.ts';
import { sampleOperation } from '../../contract/samples.ts';
import type { FailoverAsked } from '../../control/control-plane.ts';
import { systemClock } from '../../control/system-clock.ts';
import type { Finding } from '../../core/finding.ts';
import { operationId, serverId } from '../../core/identity.ts';
import type { EngineKind } from '../../core/observation.ts';
import type { Operation } from '../../core/operation.ts';
import type { Node, Topology } from '../../core/topology.ts';
import { SampleControlPlane } from '../rest/sample-control-plane.ts';
import { type ControlPlaneView, viewOfControlPlane } from './view-of-control-plane.ts';

const note = () => vi.fn<(fields: object, event: string) => void>();
const log = { debug: note(), info: note(), warn: note(), error: note() };
const settings = { quorum: 1, downAfterMs: 500, failoverTimeoutMs: 180_000 };
const peer = { host: '10.0.1.2', port: 26379 };

/** The sample cluster as one of Redis, with a topology that the test changes. */
class RedisControlPlane extends SampleControlPlane {
  engine: EngineKind = 'redis';
  nodes: readonly Node[] = sampleTopology().nodes;
  found: readonly Finding[] = [];
  failovers = 0;

  override clusters(): ReturnType<SampleControlPlane['clusters']> {
    return super.clusters().map((summary) => ({ ...summary, engine: this.engine }));
  }
  override topology(cluster: string): Topology {
    return { ...super.topology(cluster), engine: this.engine, nodes: this.nodes };
  }
  override findings(): readonly Finding[] {
    return this.found;
  }
  override failover(asked: FailoverAsked): ReturnType<SampleControlPlane['failover']> {
    this.failovers += 1;
    this.refusals = [];
    return this.switchover(asked);
  }
  change(name: string, changes: Partial<Node>): void {
    this.nodes = this.nodes.map((node) => (node.name === name ? { ...node, ...changes } : node));
  }
  /** db2 is seen to be the primary, by a look at this instant. */
  seeSwitched(at: number): void {
    this.nodes = this.nodes.map((node) => {
      const isNew = node.name === 'db2';
      const seen = node.seen && {
        ...node.seen,
        observedAt: at,
        writeMode: isNew ? ('writable' as const) : ('read-only' as const),
      };
      return { ...node, role: isNew ? 'primary' : 'replica', ...(seen ? { seen } : {}) };
    });
  }
}

let control: RedisControlPlane;
let view: ControlPlaneView;

beforeEach(() => {
  control = new RedisControlPlane();
  control.operationNow = sampleOperation({ status: 'refused', id: operationId('op-1') });
  view = follow();
});

afterEach(() => view[Symbol.asyncDispose]());

function follow(): ControlPlaneView {
  return viewOfControlPlane({ control, clock: systemClock, log, others: [peer], settings, lookEveryMs: 5 });
}

const only = () => view.primaries()[0];
const at = () => only()?.primary?.address.host;
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5000, interval: 2 });

/** The view listens: what is published from now on is heard. */
async function begin(operation: Operation = sampleOperation()): Promise<void> {
  await soon(() => expect(control.openStreams).toBe(1));
  control.finish(operation);
  control.journalNow = [];
}

test('a cluster of Redis, with its primary and its replicas', async () => {
  control.nodes = control.nodes.map((node) =>
    node.name === 'db4' ? { ...node, settings: { ...node.settings, promotionRule: 'must_not' } } : node,
  );
  await soon(() => expect(only()?.replicas.at(-1)?.priority).toBe(0));
  expect(only()).toMatchObject({
    ...{ name: 'orders', primary: { address: { host: 'db1', port: 3306 } }, handingOver: false },
    ...{ quorum: 1, downAfterMs: 500, configEpoch: 0 },
  });
  expect(only()?.replicas.map(({ address, linked, priority }) => [address.host, linked, priority])).toEqual([
    ['db2', true, 100],
    ['db3', true, 100],
    ['db4', true, 0],
  ]);
  expect(only()?.replicas[0]?.source).toEqual({ host: 'db1', port: 3306 });
  expect(only()?.primary?.runId).toMatch(/^[0-9a-f]{40}$/);
  expect(view.id).toMatch(/^[0-9a-f]{40}$/);
  expect(view.peers()).toMatchObject([{ address: peer, down: false }]);
});

test('clusters of other engines are not shown', async () => {
  control.engine = 'mariadb';
  await soon(() => expect(view.primaries()).toEqual([]));
});

test('listeners are called when something changed, and not before', async () => {
  const heard = vi.fn<() => void>();
  const stop = view.onChange(heard);
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(heard).not.toHaveBeenCalled();
  control.change('db2', { address: { host: 'db2', port: 7000 } });
  await soon(() => expect(heard).toHaveBeenCalledOnce());
  stop();
  control.change('db2', { address: { host: 'db2', port: 7001 } });
  await soon(() => expect(only()?.replicas.some(({ address }) => address.port === 7001)).toBe(true));
  expect(heard).toHaveBeenCalledOnce();
});

test('from the freeze to the promotion the role changes hands; the new primary is shown before it is looked at', async () => {
  await begin();
  control.write({ event: 'step-started', step: 'approach:db3' });
  expect(only()?.handingOver).toBe(false);
  control.write({ event: 'step-started', step: 'freeze:db1' });
  await soon(() => expect(only()?.handingOver).toBe(true));
  expect(at()).toBe('db1');
  control.write({ event: 'step-started', step: 'promote:db2' });
  expect(at()).toBe('db1');
  control.write({ event: 'step-done', step: 'promote:db2', ms: 1 });
  await soon(() => expect(at()).toBe('db2'));
  expect(only()).toMatchObject({ handingOver: false, configEpoch: 1 });
  expect(only()?.replicas.map(({ address }) => address.host)).toEqual(['db1', 'db3', 'db4']);
  control.seeSwitched(Date.now());
  control.write({ event: 'finished', status: 'succeeded', summary: '' });
  await soon(() => expect(only()?.replicas.find(({ address }) => address.host === 'db1')).toBeDefined());
  expect(at()).toBe('db2');
});

test('a look that was under way at the promotion does not bring the old primary back', async () => {
  await begin();
  control.write({ event: 'step-done', step: 'promote:db2', ms: 1 });
  await soon(() => expect(at()).toBe('db2'));
  const promotedAt = control.journalNow.at(-1)?.at ?? 0;
  control.nodes = control.nodes.map((node) =>
    node.name === 'db2' && node.seen
      ? { ...node, seen: { ...node.seen, observedAt: promotedAt + 1, tookMs: 5 } }
      : node,
  );
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(at()).toBe('db2');
});

test('one that a later look finds replicating is not the primary', async () => {
  await begin();
  control.write({ event: 'step-done', step: 'promote:db2', ms: 1 });
  await soon(() => expect(at()).toBe('db2'));
  const promotedAt = control.journalNow.at(-1)?.at ?? 0;
  control.nodes = control.nodes.map((node) =>
    node.name === 'db2' && node.seen
      ? { ...node, seen: { ...node.seen, observedAt: promotedAt + 500 } }
      : node,
  );
  await soon(() => expect(at()).toBe('db1'));
});

test('a switchover that is taken back ends the hand-over', async () => {
  await begin();
  control.write({ event: 'step-started', step: 'freeze:db1' });
  await soon(() => expect(only()?.handingOver).toBe(true));
  control.write({ event: 'undo-done', step: 'freeze:db1', ms: 1 });
  await soon(() => expect(only()?.handingOver).toBe(false));
  expect(at()).toBe('db1');
});

test('a hand-over that was under way before anybody listened', async () => {
  await view[Symbol.asyncDispose]();
  control.operationNow = sampleOperation();
  control.write({ event: 'step-started', step: 'freeze:db1' });
  view = follow();
  await soon(() => expect(only()?.handingOver).toBe(true));
});

test('earlier hand-overs count, and tell who was made the primary', async () => {
  await view[Symbol.asyncDispose]();
  control.operationNow = sampleOperation({ status: 'succeeded', finishedAt: Date.now() });
  view = follow();
  await soon(() => expect(at()).toBe('db2'));
  expect(only()?.configEpoch).toBe(1);
});

test('a server is down when it has been silent for long enough, a primary also when witnesses say so', async () => {
  const failure = (ms: number) => ({
    reachable: false,
    failure: { address: { host: 'db2', port: 1 }, at: ms, code: 'refused' as const, message: '' },
  });
  control.change('db2', failure(1000));
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(only()?.replicas[0]?.down).toBeUndefined();
  control.change('db2', failure(1500));
  await soon(() => expect(only()?.replicas[0]?.down).toEqual({ since: 1000, how: 'subjectively' }));
  control.change('db1', failure(2000));
  control.found = [
    {
      ...{ code: 'dead-primary', severity: 'critical', cluster: control.topology('orders').cluster },
      ...{ server: serverId('uuid-db1'), summary: '', evidence: {}, blocks: [], downtimed: false },
    },
  ];
  await soon(() => expect(only()?.primary?.down).toEqual({ since: 2000, how: 'objectively' }));
});

test('a failover: no address while the old primary is fenced, and it is down afterwards', async () => {
  const plan = sampleOperation().plan;
  const steps = plan?.steps.map((step) =>
    step.action.verb === 'freeze'
      ? { ...step, action: { ...step.action, verb: 'fence' as const, agent: true, hooks: [] } }
      : step,
  );
  const operation = sampleOperation({
    kind: 'failover',
    ...(plan && steps ? { plan: { ...plan, steps } } : {}),
  });
  await begin(operation);
  control.write({ event: 'step-started', step: 'freeze:db1' });
  await soon(() => expect(only()?.handingOver).toBe(true));
  expect(at()).toBeUndefined();
  expect(only()?.last?.address.host).toBe('db1');
  control.write({ event: 'step-done', step: 'promote:db2', ms: 1 });
  await soon(() => expect(at()).toBe('db2'));
  const old = only()?.replicas.find(({ address }) => address.host === 'db1');
  expect(old?.down?.how).toBe('subjectively');
});

const call = { signal: new AbortController().signal, deadlineMs: 5000 };
const refusal = (code: 'primary-unreachable' | 'in-maintenance') => ({ code, fact: 'f', needs: 'n' });

test('a failover that is asked for is a switchover where the primary answers', async () => {
  expect(await view.failover('orders', call)).toEqual({ ok: true });
  expect(control.asked).toEqual({ cluster: 'orders', requestedBy: 'sentinel' });
  expect(control.failovers).toBe(0);
  control.refusals = [refusal('in-maintenance')];
  expect(await view.failover('orders', call)).toEqual({ ok: false, refusals: [refusal('in-maintenance')] });
  expect(control.failovers).toBe(0);
});

test('and a failover where it does not', async () => {
  control.refusals = [refusal('primary-unreachable')];
  expect(await view.failover('orders', call)).toEqual({ ok: true });
  expect(control.failovers).toBe(1);
});

test('the stream of events breaks and is taken up again', async () => {
  await soon(() => expect(control.openStreams).toBe(1));
  control.fail(new Error('broken'));
  await soon(() => expect(log.warn).toHaveBeenCalled());
  await soon(() => expect(control.openStreams).toBe(1));
});
