import { describe, expect, it } from 'vitest';
import { operationId, type ServerId, serverId } from '../identity.ts';
import type { WriteMode } from '../observation.ts';
import type { LossLimits } from '../plan.ts';
import type { Planned } from '../switchover/plan-switchover.ts';
import type { RefusalCode, RequestedSwitchover } from '../switchover-request.ts';
import { cluster, nodeNamed, testTime } from '../testing/cluster-builder.ts';
import { countedErrant, countedPositions } from '../testing/counted-positions.ts';
import { judgedDead } from '../testing/judged.ts';
import type { ServerTraits } from '../testing/server-traits.ts';
import type { PolicyTraits } from '../testing/test-policy.ts';
import type { Doubt, Doubts } from './doubt.ts';
import { planFailover } from './plan-failover.ts';
import { unknownTo } from './possible-primaries.ts';

const agent = { host: '127.0.0.1', port: 7433 };

interface Options {
  readonly to?: string;
  readonly policy?: PolicyTraits;
  readonly acceptDataLoss?: RequestedSwitchover['acceptDataLoss'];
  /** Who may have been promoted by an operation that was given up, and when that was. */
  readonly doubts?: readonly (readonly [
    name: string,
    at: number,
    traits?: Partial<Doubt> & { readonly id?: ServerId },
  ])[];
}

function plan(
  built: ReturnType<typeof cluster>,
  { to, policy, acceptDataLoss, doubts = [] }: Options = {},
): Planned {
  const topology = built.topology();
  const named = to === undefined ? {} : { to: nodeNamed(topology, to).id };
  const doubted: Doubts = new Map(
    doubts.map(([name, at, traits = {}]) => {
      const { address } = nodeNamed(topology, name);
      const { id = serverId(name), ...rest } = traits;
      return [id, { operation: operationId('op-1'), at, name, address, ...rest }];
    }),
  );
  return planFailover({
    situation: { topology, policy: built.policy(policy ?? {}), routes: new Map(), doubts: doubted },
    dead: nodeNamed(topology, 'db1').id,
    judgement: judgedDead,
    request: { cluster: topology.cluster, ...named, ...(acceptDataLoss ? { acceptDataLoss } : {}) },
    engine: { title: 'MariaDB', privilegedMayWrite: true, errant: countedErrant },
    positions: countedPositions,
  });
}

const chosen = (planned: Planned): string =>
  planned.ok ? planned.plan.to.name : planned.refusals.map(({ code }) => code).join(',');
const codes = (planned: Planned): readonly RefusalCode[] =>
  planned.ok ? [] : planned.refusals.map(({ code }) => code);
const steps = (planned: Planned): readonly string[] =>
  planned.ok ? planned.plan.steps.map(({ id }) => id) : [];
const limits = (planned: Planned): LossLimits | undefined => {
  const assess = planned.ok ? planned.plan.steps.find(({ id }) => id === 'assess')?.action : undefined;
  return assess?.verb === 'assess' ? assess.limits : undefined;
};

/** db1 does not answer any more; its replicas have lost it. */
const dead = () => cluster().primary('db1', { unreachable: true });
const three = () => dead().replica('db2').replica('db3');

describe('a server that an abandoned operation may have promoted', () => {
  const silent = (traits: ServerTraits = {}) =>
    dead()
      .replica('db2', { unreachable: true, ...traits })
      .replica('db3');
  const soon = testTime - 60_000;

  it('bars every other while nobody can rule it out', () => {
    expect(codes(plan(silent(), { doubts: [['db2', soon]] }))).toEqual(['possible-primary']);
  });

  it('is put down first where its agent or a hook can', () => {
    const byAgent = plan(silent({ settings: { agent } }), { doubts: [['db2', soon]] });
    expect(steps(byAgent)).toContain('rule-out:db2');
    const step = byAgent.ok && byAgent.plan.steps.find(({ id }) => id === 'rule-out:db2');
    expect(step).toMatchObject({ onFailure: 'roll-back' });
    const hook = { command: ['/bin/off'], timeoutMs: 1000 };
    const byHook = plan(silent(), { doubts: [['db2', soon]], policy: { hooks: { fence: [hook] } } });
    expect(steps(byHook)).toContain('rule-out:db2');
  });

  it('is made read-only first where it answers, and may be the one that is promoted', () => {
    const planned = plan(three(), { doubts: [['db2', soon]] });
    expect(chosen(planned)).toBe('db2');
    expect(steps(planned)).toContain('rule-out:db2');
  });

  it('bars every other while it takes writes', () => {
    const built = dead().replica('db2', { writeMode: 'writable' }).replica('db3');
    expect(codes(plan(built, { doubts: [['db2', soon]], to: 'db3' }))).toEqual(['possible-primary']);
    expect(chosen(plan(built, { doubts: [['db2', soon]], to: 'db2' }))).toBe('db2');
  });

  it('bars every other also where this controller knows it by its address alone', () => {
    const unseen = dead().neverSeen('db2').replica('db3');
    const doubts = [['db2', soon, { id: serverId('its-uuid') }]] as const;
    expect(codes(plan(unseen, { doubts }))).toEqual(['possible-primary']);
    const planned = plan(dead().neverSeen('db2', { settings: { agent } }).replica('db3'), { doubts });
    const step = planned.ok && planned.plan.steps.find(({ id }) => id === 'rule-out:db2');
    expect(step).toMatchObject({ action: { server: { id: 'its-uuid', name: 'db2' } } });
  });

  it('bars every other also where no server answers to its name or address', () => {
    const elsewhere = { id: serverId('its-uuid'), address: { host: '10.9.9.9', port: 3306 } };
    expect(codes(plan(three(), { doubts: [['db2', soon, elsewhere]] }))).toEqual(['possible-primary']);
  });

  it('that is off as a person says bars nobody, and what it may have written is weighed', () => {
    const planned = plan(silent(), { doubts: [['db2', soon, { downBy: 'ada' }]] });
    expect(chosen(planned)).toBe('db3');
    expect(steps(planned)).not.toContain('rule-out:db2');
    expect(limits(planned)?.possible).toMatchObject([{ server: { name: 'db2' } }]);
  });

  it('is asked what it has where it answers', () => {
    const planned = plan(three(), { doubts: [['db2', soon, { downBy: 'ada' }]] });
    expect(limits(planned)?.possible).toMatchObject([{ ruledOut: { step: 'rule-out:db2' } }]);
  });

  it('of which the plan does not know yet stops it before it begins', () => {
    const planned = plan(three());
    const doubt = {
      operation: operationId('op-1'),
      at: soon,
      name: 'db2',
      address: { host: '10.0.0.2', port: 3306 },
    };
    const doubts = new Map([[serverId('db2'), doubt]]);
    const built = three().topology();
    expect(planned.ok && unknownTo(planned.plan, built, doubts)).toMatchObject([
      { code: 'possible-primary' },
    ]);
    const knowing = plan(three(), { doubts: [['db2', soon]] });
    expect(knowing.ok && unknownTo(knowing.plan, built, doubts)).toEqual([]);
  });

  it('is as any other once it was seen read-only long afterwards', () => {
    const planned = plan(silent(), { doubts: [['db2', testTime - 3_600_000]] });
    expect(steps(planned)).not.toContain('rule-out:db2');
    expect(chosen(planned)).toBe('db3');
  });
});

describe('a possible primary that took writes of its own', () => {
  const doubts = [['db2', testTime - 60_000]] as const;
  const own = 'db1:100,db2:1';
  const having = (writeMode: WriteMode) =>
    dead().replica('db2', { writeMode, executed: own }).replica('db3', { promotionRule: 'prefer' });
  const undoOf = (planned: Planned, step: string) =>
    planned.ok ? planned.plan.steps.find(({ id }) => id === step)?.undo : 'refused';

  it('is the one that takes over, named or not, before any that is liked better', () => {
    for (const built of [having('writable'), having('read-only')]) {
      expect(chosen(plan(built, { doubts, to: 'db2' }))).toBe('db2');
      expect(chosen(plan(built, { doubts }))).toBe('db2');
    }
  });

  it('takes over as well where it only takes writes', () => {
    const built = dead()
      .replica('db2', { writeMode: 'writable' })
      .replica('db3', { promotionRule: 'prefer' });
    expect(chosen(plan(built, { doubts }))).toBe('db2');
  });

  it('is left behind only upon a person’s word', () => {
    const refused = plan(having('read-only'), { doubts, to: 'db3' });
    expect(codes(refused)).toEqual(['possible-primary']);
    expect(!refused.ok && refused.refusals[0]).toMatchObject({
      fact: 'db2 alone has db2:1: op-1 may have made it the primary',
      needs: expect.stringContaining('--accept-data-loss') as unknown,
    });
    const banned = having('read-only').with('db2', { promotionRule: 'must_not' });
    expect(codes(plan(banned, { doubts, policy: { failover: { durability: 'available' } } }))).toEqual([
      'possible-primary',
    ]);
    const accepted = plan(having('read-only'), { doubts, to: 'db3', acceptDataLoss: { by: 'ada' } });
    expect(chosen(accepted)).toBe('db3');
  });

  it('is writable again where the failover goes back', () => {
    const planned = plan(having('writable'), { doubts });
    expect(undoOf(planned, 'rule-out:db2')).toMatchObject({ verb: 'unfence', start: 'as-before' });
    // Or there would be two that take writes.
    expect(undoOf(planned, 'fence:db1')).toMatchObject({ verb: 'unfence', start: 'read-only' });
  });

  it('is not left down where the failover goes back, and no more than that where it was read-only', () => {
    const planned = plan(having('read-only'), { doubts });
    expect(undoOf(planned, 'rule-out:db2')).toMatchObject({ verb: 'unfence', start: 'read-only' });
    expect(undoOf(planned, 'fence:db1')).toMatchObject({ verb: 'unfence', start: 'as-before' });
  });

  it('is no candidate as any other with errant transactions where nothing is in doubt', () => {
    expect(codes(plan(having('read-only'), { to: 'db2' }))).toEqual(['candidate-errant']);
  });
});
