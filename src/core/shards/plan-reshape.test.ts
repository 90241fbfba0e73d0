import { describe, expect, test } from 'vitest';
import type { Plan } from '../plan.ts';
import { cluster } from '../testing/cluster-builder.ts';
import type { NewNode } from './create-cluster.ts';
import { planReshape } from './plan-reshape.ts';
import type { ReshapeQuestion } from './reshape-question.ts';
import type { ReshapeRequest } from './reshape-request.ts';
import { shardSituation } from './shard-situation.ts';
import type { SlotRepair } from './slot-repair.ts';
import { redis70 } from './testing/server-kinds.ts';
import { type ClusterTraits, id, testNow, threeShards, viewsOf } from './testing/shard-cluster.ts';

const topology = ['b', 'c', 'd']
  .reduce(
    (built, primary) => built.primary(primary).replica(`${primary}1`, { source: primary }),
    cluster('orders', 'redis-cluster').primary('a').replica('a1', { source: 'a' }),
  )
  .topology();

const engine = { title: 'Redis Cluster', privilegedMayWrite: false };
const node: NewNode = { id: id('x'), name: 'h9:6379', clusterEnabled: true, knownNodes: 1, keys: 0 };
const address = { host: 'h9', port: 6379 };
const withEmpty: ClusterTraits = { shards: { ...threeShards.shards, d: { slots: '', epoch: 4 } } };

interface Given extends Partial<Pick<ReshapeQuestion, 'newcomer' | 'repairs' | 'placements'>> {
  readonly traits?: ClusterTraits;
  readonly silent?: readonly string[];
  readonly timeouts?: Readonly<Record<string, number>>;
}

function plan(
  request: ReshapeRequest,
  { traits = threeShards, silent = [], timeouts = {}, ...more }: Given = {},
) {
  const sights = viewsOf(traits, ...silent).map((view) => ({
    view,
    nodeTimeoutMs: timeouts[view.by] ?? 15_000,
    server: redis70,
    migrates: true,
    stood: 0,
  }));
  const situation = shardSituation(sights, { elections: [], now: testNow, nameOf: (of) => of });
  return planReshape({ topology, engine, situation, placements: new Map(), request, ...more });
}

function planned(request: ReshapeRequest, given: Given = {}): Plan {
  const answer = plan(request, given);
  if (!answer.ok) throw new Error(JSON.stringify(answer.refusals));
  return answer.plan;
}

const codes = (request: ReshapeRequest, given: Given = {}): readonly string[] => {
  const answer = plan(request, given);
  return answer.ok ? [] : answer.refusals.map(({ code }) => code);
};

const steps = ({ steps: all }: Plan) =>
  all.map(({ phase, id: step, after }) => [phase, step, after] as const);

describe('steps', () => {
  test('of a rebalance: one for each pair, those with a server in common one after the other', () => {
    const found = planned(
      { what: 'rebalance', useEmpty: true, keysPerCall: 9, pauseMs: 3 },
      { traits: withEmpty },
    );
    expect(steps(found)).toEqual([
      ['move', 'move:b:d', []],
      ['move', 'move:c:d', ['move:b:d']],
      ['move', 'move:a:d', ['move:b:d', 'move:c:d']],
      ['prove', 'agree', []],
    ]);
    expect(found.steps[0]).toMatchObject({
      title: 'b → d: 1366 slots',
      onFailure: 'stop',
      action: { verb: 'move-slots', slots: '5461-6826', pace: { keysPerCall: 9, pauseMs: 3 } },
    });
    expect(found).toMatchObject({ kind: 'reshape', title: 'rebalance', pointOfNoReturn: '' });
    expect(found.steps.at(-1)).toMatchObject({ onFailure: 'carry-forward' });
    expect(found.warnings[0]).toContain('TRYAGAIN');
  });

  test('of a rebalance: disjoint pairs wait for nobody', () => {
    const traits: ClusterTraits = {
      shards: {
        a: { slots: '0-8191', epoch: 1 },
        b: { slots: '8192-16183', epoch: 2 },
        c: { slots: '16184-16283', epoch: 3 },
        d: { slots: '16284-16383', epoch: 4 },
      },
    };
    const found = planned({ what: 'rebalance' }, { traits });
    expect(found.steps.filter(({ phase, after }) => phase === 'move' && after.length === 0)).toHaveLength(2);
  });

  test('of a reshard', () => {
    const found = planned({ what: 'reshard', from: [id('a')], to: id('b'), slots: 10 });
    expect(found.steps[0]).toMatchObject({ id: 'move:a:b', action: { slots: '0-9' } });
    expect(found.facts[0]).toEqual({ text: 'a: 5461 slots, 1 replica' });
  });

  test('of a node that is added as a primary, or as a replica', () => {
    const newcomer = { node, address };
    const primary = planned({ what: 'add-node', address, as: 'primary' }, { newcomer });
    expect(steps(primary).map(([, step]) => step)).toEqual(['meet:h9:6379', 'agree']);
    expect(primary.steps[0]?.action).toMatchObject({
      server: { id: 'x', address },
      functionsFrom: { name: 'a' },
    });
    expect(primary.steps[1]?.action).toMatchObject({
      servers: expect.arrayContaining([expect.objectContaining({ id: 'x' })]) as unknown,
    });
    expect(primary.warnings).toEqual([expect.stringContaining('has no slots then')]);
    const replica = planned({ what: 'add-node', address, as: { replicaOf: id('b') } }, { newcomer });
    expect(steps(replica).map(([phase, step]) => [phase, step])).toEqual([
      ['join', 'meet:h9:6379'],
      ['place', 'replicate:h9:6379'],
      ['prove', 'agree'],
    ]);
  });

  test('of a node that is drained and leaves: its slots, its replicas, and then itself', () => {
    const found = planned({ what: 'remove-node', server: id('a'), drain: true });
    expect([...new Set(found.steps.map(({ phase }) => phase))]).toEqual(['move', 'place', 'leave', 'prove']);
    const [agree, forget] = found.steps.toReversed();
    expect(forget?.action).toMatchObject({ verb: 'forget', server: { name: 'a' }, reset: true });
    expect(JSON.stringify(agree?.action)).not.toContain('"name":"a"');
    const replica = planned({ what: 'remove-node', server: id('b1'), drain: false });
    expect(replica.warnings).toEqual([expect.stringContaining('b has no other replica')]);
  });

  test('of a fix: what is alike is one step', () => {
    const repair = (slot: number, how: SlotRepair['how'], owner: string): SlotRepair => ({
      ...{ slot, how, owner: id(owner), because: 'it was half-way', actions: [] },
    });
    const some = [repair(5, 'finish', 'b'), repair(6, 'finish', 'b'), repair(9, 'close', 'a')];
    const found = planned({ what: 'fix', replace: true }, { repairs: { ok: true, plan: some } });
    expect(found.steps.map(({ title, after }) => [title, after])).toEqual([
      ['the move to b is finished slots 5-6', []],
      ['the move is forgotten, a keeps slot 9', ['repair:finish:b']],
      ['all nodes say the same', []],
    ]);
    expect(found.steps[0]?.action).toMatchObject({ slots: '5-6', replace: true, withoutUnreachable: false });
  });

  test('of replicas that are placed', () => {
    const traits: ClusterTraits = {
      shards: {
        ...threeShards.shards,
        a: { slots: '0-5460', epoch: 1, replicas: ['a1', 'd1'] },
        b: { slots: '5461-10922', epoch: 2, replicas: [] },
      },
    };
    const found = planned({ what: 'place-replicas' }, { traits });
    expect(found.steps[0]).toMatchObject({ action: { verb: 'replicate', source: { name: 'b' } } });
    expect(found.steps[0]?.note).toBe('it has no replica that lives');
  });

  test('of a node timeout: each can be put back, and those that have it are left alone', () => {
    const found = planned({ what: 'set-timeout', ms: 5000 }, { timeouts: { a: 5000, b: 7000 } });
    expect(found.steps.filter(({ phase }) => phase === 'configure')).toHaveLength(5);
    expect(found.steps[1]).toMatchObject({
      id: 'timeout:b',
      onFailure: 'roll-back',
      undo: { verb: 'set-timeout', ms: 7000 },
      note: 'was 7000 ms',
    });
  });
});

describe('refusals', () => {
  const open: ClusterTraits = { ...threeShards, migrating: { a: [{ slot: 1, to: id('b') }] } };

  test.each<[string, ReshapeRequest, Given, string]>([
    ['balanced', { what: 'rebalance' }, {}, 'nothing-to-change'],
    ['open slots', { what: 'rebalance' }, { traits: open }, 'slots-open'],
    ['a silent primary', { what: 'rebalance' }, { silent: ['b'] }, 'node-unreachable'],
    [
      'a weight for a replica',
      { what: 'rebalance', weights: [{ server: id('a1'), weight: 2 }] },
      {},
      'not-a-primary',
    ],
    [
      'a weight below nothing',
      { what: 'rebalance', weights: [{ server: id('a'), weight: -1 }] },
      {},
      'weight-invalid',
    ],
    ['too many slots', { what: 'reshard', from: [id('a')], to: id('b'), slots: 6000 }, {}, 'too-few-slots'],
    ['to a replica', { what: 'reshard', from: 'all', to: id('b1'), slots: 1 }, {}, 'not-a-primary'],
    ['a stranger', { what: 'reshard', from: 'all', to: id('zz'), slots: 1 }, {}, 'unknown-node'],
    [
      'a node with keys',
      { what: 'add-node', address, as: 'primary' },
      { newcomer: { address, node: { ...node, keys: 3 } } },
      'node-in-use',
    ],
    [
      'no cluster support',
      { what: 'add-node', address, as: 'primary' },
      { newcomer: { address, node: { ...node, clusterEnabled: false } } },
      'node-not-a-cluster',
    ],
    ['nobody was asked', { what: 'add-node', address, as: 'primary' }, {}, 'unknown-node'],
    ['a primary with slots', { what: 'remove-node', server: id('a'), drain: false }, {}, 'has-slots'],
    ['nothing to fix', { what: 'fix' }, { repairs: { ok: true, plan: [] } }, 'nothing-to-change'],
    ['replicas everywhere', { what: 'place-replicas' }, {}, 'nothing-to-change'],
    ['a timeout of nothing', { what: 'set-timeout', ms: 1 }, {}, 'timeout-invalid'],
    ['the same timeout', { what: 'set-timeout', ms: 15_000 }, {}, 'nothing-to-change'],
    ['a silent replica', { what: 'set-timeout', ms: 5000 }, { silent: ['a1'] }, 'node-unreachable'],
  ])('%s', (_name, request, given, code) => {
    expect(codes(request, given)).toContain(code);
  });

  test('name servers as people do', () => {
    const long = 'f'.repeat(40);
    const repairs = {
      ok: false as const,
      refusals: [{ code: 'node-unreachable' as const, fact: `${long} does not answer`, needs: 'it' }],
    };
    const answer = plan({ what: 'fix' }, { repairs });
    expect(answer.ok ? [] : answer.refusals.map(({ fact }) => fact)).toEqual(['ffffffff does not answer']);
  });
});
