import { describe, expect, test } from 'vitest';
import { planFailover } from '../failover/plan-failover.ts';
import { serverId } from '../identity.ts';
import type { Election } from '../shards/election-cooldown.ts';
import type { HandOverMode } from '../shards/hand-over-facts.ts';
import { shardSituation } from '../shards/shard-situation.ts';
import { shardTopologyOf } from '../shards/shard-topologies.ts';
import { redis70 } from '../shards/testing/server-kinds.ts';
import { testNow, threeShards, viewBy } from '../shards/testing/shard-cluster.ts';
import { cluster } from '../testing/cluster-builder.ts';
import { countedErrant, countedPositions } from '../testing/counted-positions.ts';
import { judgedDead } from '../testing/judged.ts';
import { modeRefusal } from './mode-refusal.ts';
import { type Planned, planSwitchover } from './plan-switchover.ts';
import type { Situation } from './situation.ts';

const traits = {
  title: 'Redis Cluster',
  privilegedMayWrite: false,
  freezesForAWhile: true,
  keepsNoLog: true,
  handsOver: true,
} as const;

interface Told {
  readonly elections?: readonly Election[];
  /** That do not answer. */
  readonly silent?: readonly string[];
  readonly takeover?: boolean;
}

function situation({ elections = [], silent = [], takeover = false }: Told): Situation {
  let built = cluster('cache', 'redis-cluster');
  for (const name of ['a', 'b', 'c'])
    built = built.primary(name, silent.includes(name) ? { unreachable: true } : {});
  for (const name of ['a', 'b', 'c']) built = built.replica(`${name}1`, { source: name });
  const whole = built.topology();
  const answering = ['a', 'b', 'c', 'a1', 'b1', 'c1'].filter((name) => !silent.includes(name));
  const sights = answering.map((by) => ({
    view: viewBy(threeShards, by),
    nodeTimeoutMs: 5_000,
    server: redis70,
    migrates: true,
    stood: 0,
    replication: 'up' as const,
  }));
  return {
    topology: shardTopologyOf(whole, serverId('a')) ?? whole,
    policy: built.policy({ failover: { takeover } }),
    routes: new Map(),
    doubts: new Map(),
    shards: shardSituation(sights, { elections, now: testNow, nameOf: (id) => id }),
  };
}

const request = (mode?: HandOverMode) => ({
  cluster: cluster('cache').topology().cluster,
  to: serverId('a1'),
  ...(mode === undefined ? {} : { mode }),
});

const switched = (told: Told = {}, mode?: HandOverMode): Planned =>
  planSwitchover(situation(told), request(mode), traits);

const failed = (told: Told = {}, mode?: HandOverMode): Planned =>
  planFailover({
    situation: situation({ silent: ['a'], ...told }),
    dead: serverId('a'),
    judgement: judgedDead,
    request: request(mode),
    engine: { ...traits, errant: countedErrant },
    positions: countedPositions,
  });

const codes = (planned: Planned): readonly string[] =>
  planned.ok ? [] : planned.refusals.map(({ code }) => code);

const modeOf = (planned: Planned): unknown => {
  if (!planned.ok) throw new Error(codes(planned).join());
  const { action } = planned.plan.steps.find(({ id }) => id === planned.plan.pointOfNoReturn) ?? {};
  return action?.verb === 'hand-over' ? action.mode : action?.verb;
};

describe('a switchover among the servers of a cluster', () => {
  test('is one step, after which the servers do the rest', () => {
    const planned = switched();
    if (!planned.ok) throw new Error(codes(planned).join());
    expect(planned.plan.steps.map(({ id }) => id)).toEqual(['verify', 'prepare', 'promote:a1']);
    expect(planned.plan.guarantee).toMatch(/^no acknowledged write is lost/);
    expect(modeOf(planned)).toBe('default');
  });

  test('says what is lost without the primary’s help', () => {
    const planned = switched({}, 'force');
    expect(planned.ok && planned.plan.guarantee).toMatch(/^acknowledged writes are lost: a goes on/);
    const took = switched({}, 'takeover');
    expect(took.ok && took.plan.warnings.join()).toMatch(/without a vote/);
  });

  test('is refused within the cooldown, with the time to wait', () => {
    const elections = [{ node: serverId('a1'), at: testNow - 5_000 }];
    const planned = switched({ elections });
    expect(codes(planned)).toEqual(['election-too-soon']);
    expect(!planned.ok && planned.refusals[0]?.needs).toBe('15.1 s more');
    expect(codes(switched({ elections }, 'takeover'))).toEqual([]);
  });

  test('is no failover: a primary that does not answer is refused', () => {
    const planned = switched({ silent: ['a'] });
    expect(codes(planned)).toEqual(['primary-unreachable']);
    expect(!planned.ok && planned.refusals[0]?.needs).toMatch(/dauphin failover/);
  });
});

describe('a failover among the servers of a cluster', () => {
  test('is by a vote of the other primaries, and fences and levels nobody', () => {
    const planned = failed();
    if (!planned.ok) throw new Error(codes(planned).join());
    expect(planned.plan.steps.map(({ action }) => action.verb)).toEqual([
      'confirm',
      'prepare',
      'gather',
      'assess',
      'hand-over',
    ]);
    expect(modeOf(planned)).toBe('force');
    expect(planned.plan.steps.at(-1)?.action).toMatchObject({ fromIsDead: true });
  });

  test('needs a majority, or a policy or a person that allow to take over without one', () => {
    const silent = ['a', 'b'];
    expect(codes(failed({ silent }))).toEqual(['no-majority']);
    expect(codes(failed({ silent, takeover: true }, 'force'))).toEqual(['no-majority']);
    expect(modeOf(failed({ silent, takeover: true }))).toBe('takeover');
    expect(modeOf(failed({ silent }, 'takeover'))).toBe('takeover');
  });

  test('does not take over for any other reason than the majority', () => {
    const elections = [{ node: serverId('a1'), at: testNow }];
    expect(codes(failed({ elections, takeover: true }))).toEqual(['election-too-soon']);
  });
});

describe('a request', () => {
  test('has to name a replica where there are several primaries', () => {
    const { cluster: name } = request();
    expect(modeRefusal(traits, { cluster: name })?.code).toBe('shard-not-named');
    expect(modeRefusal(traits, request('force'))).toBeUndefined();
  });

  test('has no mode elsewhere', () => {
    const mariadb = { title: 'MariaDB', privilegedMayWrite: true };
    expect(modeRefusal(mariadb, request('force'))?.code).toBe('mode-unknown');
    expect(modeRefusal(mariadb, request())).toBeUndefined();
  });
});
