import { describe, expect, it } from 'vitest';
import type { Judgement, Verdict } from '../detection/testimony.ts';
import { position } from '../positions.ts';
import type { Planned } from '../switchover/plan-switchover.ts';
import type { RefusalCode } from '../switchover-request.ts';
import { cluster, nodeNamed, testTime } from '../testing/cluster-builder.ts';
import { countedErrant, countedPositions } from '../testing/counted-positions.ts';
import type { PolicyTraits } from '../testing/test-policy.ts';
import { planFailover } from './plan-failover.ts';

const engine = { title: 'MariaDB', privilegedMayWrite: true, errant: countedErrant };
const downtime = { until: Number.MAX_SAFE_INTEGER, owner: 'ann', reason: 'disk swap' };
const agent = { host: '127.0.0.1', port: 7433 };

const judged = (verdict: Verdict): Judgement => ({
  verdict,
  rule: 'test',
  because: 'so the test says',
  testimonies: [],
  suspectedAt: testTime,
  judgedAt: testTime,
});

type Built = ReturnType<typeof cluster>;

interface Options {
  readonly to?: string;
  readonly policy?: PolicyTraits;
  readonly verdict?: Verdict;
}

function plan(built: Built, { to, policy, verdict = 'dead' }: Options = {}): Planned {
  const topology = built.topology();
  const named = to === undefined ? {} : { to: nodeNamed(topology, to).id };
  return planFailover({
    situation: { topology, policy: built.policy(policy ?? {}), routes: new Map() },
    dead: nodeNamed(topology, 'db1').id,
    judgement: judged(verdict),
    request: { cluster: topology.cluster, ...named },
    engine,
    positions: countedPositions,
  });
}

const chosen = (planned: Planned): string =>
  planned.ok ? planned.plan.to.name : planned.refusals.map(({ code }) => code).join(',');
const codes = (planned: Planned): readonly RefusalCode[] =>
  planned.ok ? [] : planned.refusals.map(({ code }) => code);
const steps = (planned: Planned): readonly string[] =>
  planned.ok ? planned.plan.steps.map(({ id }) => id) : [];

/** db1 does not answer any more; its replicas have lost it. */
const dead = () => cluster().primary('db1', { unreachable: true });
const three = () => dead().replica('db2').replica('db3');

describe('the judgement', () => {
  it('is needed: an unsure or living primary is not replaced', () => {
    expect(codes(plan(three(), { verdict: 'alive' }))).toEqual(['primary-alive']);
    expect(codes(plan(three(), { verdict: 'unsure' }))).toEqual(['primary-unsure']);
  });
});

describe('the choice among survivors', () => {
  it('takes the one that has received the most, though it lags', () => {
    const built = dead()
      .replica('db2', { executed: 'db1:90' })
      .replica('db3', { executed: 'db1:80', channel: { received: position('db1:95') } });
    expect(chosen(plan(built))).toBe('db3');
  });

  it('prefers the promotion rule over what was received', () => {
    const built = dead()
      .replica('db2', { executed: 'db1:90', promotionRule: 'prefer' })
      .replica('db3', { executed: 'db1:95' });
    expect(chosen(plan(built))).toBe('db2');
  });

  it('passes over a delayed one while there is another', () => {
    const built = dead().replica('db2', { delaySeconds: 3600, promotionRule: 'neutral' }).replica('db3');
    expect(chosen(plan(built))).toBe('db3');
  });

  it.each<[string, Parameters<Built['replica']>[1], RefusalCode]>([
    ['must not', { promotionRule: 'must_not' }, 'candidate-banned'],
    ['is in downtime', { downtime }, 'candidate-downtimed'],
    ['has errant transactions', { executed: 'db1:100,db2:3' }, 'candidate-errant'],
    ['cannot apply', { applierError: { code: 1062, message: 'Duplicate entry' } }, 'candidate-broken'],
    ['does not answer', { unreachable: true }, 'candidate-unreachable'],
  ])('refuses the only one when it %s', (_what, traits, code) => {
    expect(codes(plan(dead().replica('db2', traits)))).toEqual(['no-survivor', code]);
  });

  it('refuses a region that the policy does not allow, unless it is named', () => {
    const built = cluster()
      .primary('db1', { unreachable: true, settings: { region: 'eu' } })
      .replica('db2', { settings: { region: 'us' } });
    expect(codes(plan(built))).toEqual(['no-survivor', 'candidate-other-data-center']);
    expect(chosen(plan(built, { to: 'db2' }))).toBe('db2');
    expect(chosen(plan(built, { policy: { failover: { crossRegion: true, crossDataCenter: true } } }))).toBe(
      'db2',
    );
  });

  it('goes on without a survivor that does not answer, and says so', () => {
    const planned = plan(three().replica('db4', { unreachable: true }));
    expect(steps(planned)).not.toContain('gather:db4');
    expect(planned.ok && planned.plan.warnings.join()).toContain('db4 does not answer');
  });
});

describe('the steps', () => {
  it('come in the order of the design', () => {
    expect(steps(plan(three()))).toEqual([
      'confirm:db1',
      'prepare:db2',
      'prepare:db3',
      'fence:db1',
      'gather:db2',
      'gather:db3',
      'assess',
      'level:db2',
      'promote:db2',
      'retire-source:db2',
      'follow:db3',
      'prove',
    ]);
  });

  it('read the dead log where there is an agent, and promise more', () => {
    const without = plan(three());
    const planned = plan(cluster().primary('db1', { unreachable: true, settings: { agent } }).replica('db2'));
    expect(steps(planned)).toContain('salvage:db1');
    expect(planned.ok && planned.plan.guarantee).toContain('from its own log');
    expect(without.ok && without.plan.guarantee).toContain('is lost, if there is anything');
    expect(without.ok && without.plan.warnings.join()).toContain('coming back writable');
  });

  it('are all undone that change something before the promotion', () => {
    const planned = plan(three());
    if (!planned.ok) throw new Error('refused');
    const undone = planned.plan.steps.filter(({ undo }) => undo).map(({ id }) => id);
    expect(undone).toEqual(['fence:db1', 'gather:db2', 'gather:db3']);
  });
});

describe('the proof by semi-synchronous replication', () => {
  const waiting = (timeoutMs: number) =>
    cluster()
      .primary('db1', {
        unreachable: true,
        semiSync: { sourceEnabled: true, sourceActive: true, requiredAcks: 1, timeoutMs },
      })
      .replica('db2', { semiSync: { replicaEnabled: true } })
      .replica('db3', { semiSync: { replicaEnabled: true } });

  const provenBy = (planned: Planned) => {
    const assess = planned.ok && planned.plan.steps.find(({ id }) => id === 'assess')?.action;
    return assess && assess.verb === 'assess' ? assess.limits.provenBy?.survivors : undefined;
  };

  it('needs all but the acknowledging few to answer', () => {
    expect(provenBy(plan(waiting(36_000_000)))).toBe(2);
  });

  it('is none when a time-out could have turned it off', () => {
    expect(provenBy(plan(waiting(10_000)))).toBeUndefined();
  });

  it('counts a connected replica that nobody knows as one that may have acknowledged alone', () => {
    const built = cluster()
      .primary('db1', {
        unreachable: true,
        semiSync: {
          sourceEnabled: true,
          sourceActive: true,
          requiredAcks: 1,
          timeoutMs: 36_000_000,
          connectedReplicas: 3,
        },
      })
      .replica('db2', { semiSync: { replicaEnabled: true } })
      .replica('db3', { semiSync: { replicaEnabled: true } });
    expect(provenBy(plan(built))).toBe(3);
  });
});

describe('what is left alone', () => {
  it('a survivor with transactions of its own gives nothing on, and is told', () => {
    const planned = plan(three().replica('db4', { executed: 'db1:100,db4:2' }));
    expect(steps(planned)).not.toContain('gather:db4');
    expect(planned.ok && planned.plan.warnings.join()).toContain('transactions of its own');
  });

  it('the last look comes after the hooks, during which a primary may come back', () => {
    const hook = { command: ['/bin/true'], timeoutMs: 1000 };
    const planned = plan(three(), { policy: { hooks: { beforeFailover: [hook] } } });
    const confirm = planned.ok ? planned.plan.steps.find(({ id }) => id === 'confirm:db1') : undefined;
    expect(confirm?.after).toEqual(['hook-before:1']);
  });
});
