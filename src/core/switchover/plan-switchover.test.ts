import { describe, expect, it } from 'vitest';
import { type Side, settlementTable, settlePromotion } from '../execution/settle-promotion.ts';
import type { Doubt, Doubts } from '../failover/doubt.ts';
import type { HostState } from '../host.ts';
import { operationId } from '../identity.ts';
import { phases } from '../plan.ts';
import type { PromotionRule } from '../policy.ts';
import type { RouteState } from '../route.ts';
import type { RefusalCode } from '../switchover-request.ts';
import { cluster, nodeNamed, testTime } from '../testing/cluster-builder.ts';
import type { PolicyTraits } from '../testing/test-policy.ts';
import { type Planned, planSwitchover } from './plan-switchover.ts';

/** Until the end of the world. */
const downtime = { until: Number.MAX_SAFE_INTEGER, owner: 'ann', reason: 'disk swap' };

const engine = { title: 'MariaDB', privilegedMayWrite: true };

type Built = ReturnType<typeof cluster>;

function plan(built: Built, options: { to?: string; policy?: PolicyTraits; doubts?: Doubts } = {}): Planned {
  const topology = built.topology();
  const to = options.to === undefined ? {} : { to: nodeNamed(topology, options.to).id };
  const policy = built.policy(options.policy ?? {});
  const situation = { topology, policy, routes: new Map(), doubts: options.doubts ?? new Map() };
  return planSwitchover(situation, { cluster: topology.cluster, ...to }, engine);
}

function chosen(planned: Planned): string {
  return planned.ok ? planned.plan.to.name : planned.refusals.map(({ code }) => code).join(',');
}

const codes = (planned: Planned): readonly RefusalCode[] =>
  planned.ok ? [] : planned.refusals.map(({ code }) => code);

const three = () => cluster().primary('db1').replica('db2').replica('db3');

describe('a candidate that was a primary before', () => {
  const built = (startsReadOnly: boolean) => {
    const state: HostState = {
      server: 'answers',
      disk: 'writes',
      fenced: false,
      startsReadOnly,
      canStartReadOnly: true,
      upMs: 1000,
    };
    return three().with('db2', { host: { at: testTime, state } });
  };
  const startOf = (planned: Planned) =>
    planned.ok ? planned.plan.steps.find(({ id }) => id === 'start-writable:db2') : undefined;

  it('comes up writable when it restarts, and nobody waits for its agent', () => {
    expect(startOf(plan(built(true), { to: 'db2' }))).toMatchObject({
      phase: 'prove',
      onFailure: 'carry-forward',
      action: { verb: 'unfence', start: 'as-before' },
    });
    expect(startOf(plan(built(false), { to: 'db2' }))).toBeUndefined();
    expect(startOf(plan(three(), { to: 'db2' }))).toBeUndefined();
  });
});

const ruled = (db2: PromotionRule, db3: PromotionRule) =>
  cluster().primary('db1').replica('db2', { promotionRule: db2 }).replica('db3', { promotionRule: db3 });

describe('a server that an operation that was given up may have promoted', () => {
  const doubted = (built: Built, more: Partial<Doubt> = {}): Planned => {
    const { id, name, address } = nodeNamed(built.topology(), 'db2');
    const doubt: Doubt = { operation: operationId('op-1'), at: testTime - 60_000, name, address, ...more };
    return plan(built, { to: 'db3', doubts: new Map([[id, doubt]]) });
  };
  const silent = () => three().with('db2', { unreachable: true, downtime });

  it('bars a switchover while it is silent, also where its agent could put it down', () => {
    expect(codes(doubted(silent()))).toEqual(['possible-primary']);
    const agent = { host: '127.0.0.1', port: 7433 };
    expect(codes(doubted(silent().with('db2', { settings: { agent } })))).toEqual(['possible-primary']);
  });

  it('bars a switchover while it takes writes', () => {
    expect(codes(doubted(three().with('db2', { writeMode: 'writable' })))).toContain('possible-primary');
  });

  it('bars nobody once it is off, as a person says', () => {
    expect(chosen(doubted(silent(), { downBy: 'ada' }))).toBe('db3');
  });

  it('is made read-only before all else where it answers, and put down by nobody', () => {
    const agent = { host: '127.0.0.1', port: 7433 };
    const planned = doubted(three().with('db2', { settings: { agent } }));
    const step = planned.ok && planned.plan.steps.find(({ id }) => id === 'rule-out:db2');
    expect(step).toMatchObject({ phase: 'check', after: ['prepare'], action: { agent: false, hooks: [] } });
    const order = planned.ok ? planned.plan.steps.map(({ phase }) => phases.indexOf(phase)) : [];
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });
});

describe('a route that cannot be moved to a server', () => {
  const settings = { name: 'rw', kind: 'vip', address: '10.0.0.50/24' } as const;
  const agent = { host: 'db', port: 7433 };
  const carried = cluster()
    .primary('db1')
    .replica('db2', { settings: { agent } })
    .replica('db3', { settings: { agent } });
  const planWith = (to?: string, told?: RouteState): Planned => {
    const topology = carried.topology();
    const barred = [nodeNamed(topology, 'db2').address];
    const state = told ?? { target: nodeNamed(topology, 'db1').address, held: false, barred };
    const policy = carried.policy({ routes: [settings] });
    const request = {
      cluster: topology.cluster,
      ...(to === undefined ? {} : { to: nodeNamed(topology, to).id }),
    };
    return planSwitchover(
      { topology, policy, routes: new Map([['rw', state]]), doubts: new Map() },
      request,
      engine,
    );
  };

  it('makes it no candidate', () => {
    expect(codes(planWith('db2'))).toEqual(['route-unreachable']);
    expect(chosen(planWith())).toBe('db3');
  });

  it('is no bar to a switchover to another one', () => {
    expect(chosen(planWith('db3'))).toBe('db3');
  });

  it('and that may be at the primary, where nobody could take it away, lets nothing be handed over', () => {
    const nowhere = { held: true, barred: [nodeNamed(carried.topology(), 'db1').address] };
    const fact = 'route rw may be at db1: the agent on its host does not answer';
    expect(planWith('db3', nowhere)).toMatchObject({ refusals: [{ code: 'route-unreachable', fact }] });
  });

  it('as no agent is configured beside it, makes it no candidate', () => {
    expect(codes(plan(three(), { policy: { routes: [settings] }, to: 'db2' }))).toEqual(['no-agent']);
  });
});

describe('the choice of a candidate', () => {
  it.each<[PromotionRule, PromotionRule, string]>([
    ['neutral', 'must', 'db3'],
    ['prefer', 'must', 'db3'],
    ['neutral', 'prefer', 'db3'],
    ['prefer_not', 'neutral', 'db3'],
    ['must_not', 'prefer_not', 'db3'],
    ['neutral', 'neutral', 'db2'],
  ])('of %s and %s', (db2, db3, expected) => {
    expect(chosen(plan(ruled(db2, db3)))).toBe(expected);
  });

  it('refuses when the one that must be promoted cannot be', () => {
    const built = cluster()
      .primary('db1')
      .replica('db2')
      .replica('db3', { promotionRule: 'must', lagSeconds: 60 });
    expect(codes(plan(built))).toEqual(['no-candidate', 'candidate-lagging']);
  });

  it('prefers the primary’s data centre, then the least lag', () => {
    const built = cluster()
      .primary('db1', { dataCenter: 'a' })
      .replica('db2', { dataCenter: 'b' })
      .replica('db3', { dataCenter: 'a', lagSeconds: 2 })
      .replica('db4', { dataCenter: 'a', lagSeconds: 1 });
    const planned = plan(built);
    expect(chosen(planned)).toBe('db4');
    expect(planned.ok && planned.plan.reasons).toEqual(['it lags the least']);
  });

  it('stays in the data centre when the policy says so, unless a person names another', () => {
    const built = cluster().primary('db1', { dataCenter: 'a' }).replica('db2', { dataCenter: 'b' });
    const policy = { switchover: { crossDataCenter: false } };
    expect(codes(plan(built, { policy }))).toEqual(['no-candidate', 'candidate-other-data-center']);
    expect(chosen(plan(built, { policy, to: 'db2' }))).toBe('db2');
  });

  it('says why the others were passed over', () => {
    const planned = plan(
      cluster().primary('db1').replica('db2', { lagSeconds: 60, downtime }).replica('db3'),
    );
    expect(planned.ok && planned.plan.passedOver.map(({ code }) => code)).toEqual([
      'candidate-downtimed',
      'candidate-lagging',
    ]);
  });
});

describe('refusals', () => {
  const cases: readonly (readonly [title: string, built: Built, code: RefusalCode, to?: string])[] = [
    ['no replicas', cluster().primary('db1'), 'no-candidate'],
    [
      'an older release',
      cluster().primary('db1').replica('db2', { version: '10.6.18' }),
      'candidate-older',
      'db2',
    ],
    [
      'a candidate that logs nothing',
      cluster()
        .primary('db1')
        .replica('db2', { log: { logsReplicated: false } }),
      'candidate-not-logging',
      'db2',
    ],
    [
      'a looser log format',
      cluster()
        .primary('db1')
        .replica('db2', { log: { format: 'STATEMENT' } }),
      'candidate-log-format',
      'db2',
    ],
    [
      'an errant candidate',
      cluster().primary('db1').replica('db2', { errant: 2 }),
      'candidate-errant',
      'db2',
    ],
    [
      'a dead candidate',
      cluster().primary('db1').replica('db2', { unreachable: true }),
      'candidate-unreachable',
      'db2',
    ],
    [
      'a ring',
      cluster().coPrimary('db1', { source: 'db2' }).coPrimary('db2', { source: 'db1' }),
      'co-primaries',
    ],
    [
      'a silent primary',
      cluster().primary('db1', { unreachable: true }).replica('db2'),
      'primary-unreachable',
    ],
    [
      'a read-only primary',
      cluster().primary('db1', { writeMode: 'read-only' }).replica('db2'),
      'primary-read-only',
    ],
    ['a dead sibling', three().with('db3', { unreachable: true }), 'sibling-unreachable', 'db2'],
    [
      'a sibling of an older release',
      three().with('db2', { version: '11.4.2' }).with('db3', { version: '10.11.6' }),
      'sibling-older',
      'db2',
    ],
  ];

  it.each(cases.map(([title, built, code, to]) => ({ title, built, code, to })))(
    '$title',
    ({ built, code, to }) => {
      const planned = plan(built, to === undefined ? {} : { to });
      expect(codes(planned)).toContain(code);
      const texts = planned.ok ? [] : planned.refusals.flatMap(({ fact, needs }) => [fact, needs]);
      expect(texts).not.toContain('');
    },
  );

  it('a downtimed sibling that cannot move stops nothing and is tried at the end, before the old primary', () => {
    const planned = plan(three().with('db3', { unreachable: true, downtime }), { to: 'db2' });
    if (!planned.ok) throw new Error(chosen(planned));
    const ids = planned.plan.steps.filter(({ phase }) => phase === 'follow').map(({ id }) => id);
    expect(ids).toEqual(['follow-late:db3', 'follow:db1']);
    expect(planned.plan.steps.find(({ id }) => id === 'follow:db1')?.after).toEqual(['follow-late:db3']);
  });
});

describe('every plan', () => {
  const planned = plan(cluster().primary('db1').replica('db2').replica('db3').replica('db4'));
  if (!planned.ok) throw new Error('refused');
  const { steps, pointOfNoReturn } = planned.plan;

  it('can undo every change before the point of no return', () => {
    const point = steps.findIndex(({ id }) => id === pointOfNoReturn);
    const changing = steps
      .slice(0, point)
      .filter(({ action }) => ['follow', 'hold-route', 'freeze'].includes(action.verb));
    expect(changing.length).toBeGreaterThan(0);
    for (const step of changing) expect(step.undo, step.id).toBeDefined();
  });

  it('carries every step after it forward', () => {
    const point = steps.findIndex(({ id }) => id === pointOfNoReturn);
    for (const step of steps.slice(point)) expect(step.onFailure, step.id).toBe('carry-forward');
  });

  it('freezes before it reaches, reaches before it promotes, and promotes once', () => {
    const order = steps.map(({ action }) => action.verb);
    expect(order.indexOf('freeze')).toBeLessThan(order.indexOf('await-position'));
    expect(order.indexOf('await-position')).toBeLessThan(order.indexOf('promote'));
    expect(order.filter((verb) => verb === 'promote')).toHaveLength(1);
  });

  it('names every step once and waits only for earlier ones of its phase', () => {
    const ids = steps.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [index, step] of steps.entries()) {
      for (const id of step.after) {
        const earlier = steps.slice(0, index).find((other) => other.id === id);
        expect(earlier?.phase, `${step.id} after ${id}`).toBe(step.phase);
      }
    }
  });

  it('is plain data', () => {
    expect(JSON.parse(JSON.stringify(planned.plan))).toEqual(planned.plan);
  });
});

describe('settling a promotion whose answer is not known', () => {
  const sides: readonly Side[] = ['writable', 'read-only', 'unreachable'];
  const all = [true, false].flatMap((started) =>
    [true, false].flatMap((done) =>
      sides.flatMap((old) =>
        sides.flatMap((candidate) =>
          [true, false].map((follows) => ({ started, done: started && done, old, candidate, follows })),
        ),
      ),
    ),
  );

  it('never lets the old primary go on while the candidate may have taken writes', () => {
    const open = all.filter(
      ({ started, candidate, old }) => started && candidate !== 'read-only' && old !== 'writable',
    );
    for (const facts of open) {
      expect(settlePromotion(facts).verdict, JSON.stringify(facts)).not.toBe('roll-back');
    }
  });

  it('does not let a writable candidate forget an old primary that answers before it has what that took', () => {
    const unknown = all.filter(
      ({ done, old, candidate }) => !done && candidate === 'writable' && old !== 'unreachable',
    );
    for (const facts of unknown) {
      const expected = !facts.started && facts.old === 'writable' ? 'hand-over' : 'level-and-on';
      expect(settlePromotion(facts).verdict, JSON.stringify(facts)).toBe(expected);
    }
  });

  it('leaves a silent old primary for a candidate that still follows it only when that may have been promoted', () => {
    const silent = all.filter(({ old, candidate }) => old === 'unreachable' && candidate === 'writable');
    for (const facts of silent) {
      const expected = !facts.started && facts.follows ? 'roll-back' : 'carry-on';
      expect(settlePromotion(facts).verdict, JSON.stringify(facts)).toBe(expected);
    }
  });

  it('promotes again only while the old primary is seen frozen', () => {
    const again = all.filter((facts) => settlePromotion(facts).verdict === 'promote-again');
    expect(new Set(again.map(({ old }) => old))).toEqual(new Set(['read-only']));
  });

  it('reaches every row of its table', () => {
    const reached = new Set(all.map((facts) => settlePromotion(facts).id));
    expect([...reached].sort()).toEqual(settlementTable.map(({ id }) => id).sort());
  });
});
