import { describe, expect, it } from 'vitest';
import type { Verdict } from '../detection/testimony.ts';
import type { SemiSync } from '../observation.ts';
import { position } from '../positions.ts';
import type { Planned } from '../switchover/plan-switchover.ts';
import type { RefusalCode } from '../switchover-request.ts';
import { cluster, nodeNamed, testTime } from '../testing/cluster-builder.ts';
import { countedErrant, countedPositions } from '../testing/counted-positions.ts';
import { judged } from '../testing/judged.ts';
import { connectError } from '../testing/receiver-errors.ts';
import type { PolicyTraits } from '../testing/test-policy.ts';
import type { HostLook } from '../topology.ts';
import { planFailover } from './plan-failover.ts';

const engine = { title: 'MariaDB', privilegedMayWrite: true, errant: countedErrant };
const downtime = { until: Number.MAX_SAFE_INTEGER, owner: 'ann', reason: 'disk swap' };
const agent = { host: '127.0.0.1', port: 7433 };

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
    situation: { topology, policy: built.policy(policy ?? {}), routes: new Map(), doubts: new Map() },
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
const deadlineOf = (planned: Planned, id: string): number =>
  (planned.ok ? planned.plan.steps.find((each) => each.id === id)?.deadlineMs : undefined) ?? Number.NaN;

/** db1 does not answer any more; its replicas have lost it. */
const dead = () => cluster().primary('db1', { unreachable: true });
const three = () => dead().replica('db2').replica('db3');

describe('the judgement', () => {
  it('is needed: an unsure or living primary is not replaced', () => {
    expect(codes(plan(three(), { verdict: 'alive' }))).toEqual(['primary-alive']);
    expect(codes(plan(three(), { verdict: 'unsure' }))).toEqual(['primary-unsure']);
  });
});

describe('servers without GTIDs', () => {
  const none = { gtid: false, seen: { anonymous: true } } as const;
  const lost = () => cluster().primary('db1', { ...none, unreachable: true });
  const verbs = (planned: Planned): readonly string[] =>
    planned.ok ? planned.plan.steps.map(({ action }) => action.verb) : [];

  it('go by places in the dead primary’s log, and the plan says what is weaker', () => {
    const planned = plan(lost().replica('db2', none).replica('db3', none), { to: 'db2' });
    expect(chosen(planned)).toBe('db2');
    expect(verbs(planned)).toEqual(expect.arrayContaining(['level-by-place', 'follow-from-place']));
    expect(verbs(planned)).not.toContain('level');
    expect(verbs(planned)).not.toContain('follow');
    expect(planned.ok && planned.plan.warnings.join()).toContain(
      'without GTIDs all goes by places in db1’s log',
    );
  });

  it('are given time to read what they have received: their status says that it is nothing', () => {
    const silent = { ...none, channel: { usesGtid: false, received: position('') } } as const;
    const planned = plan(lost().replica('db2', silent).replica('db3', silent), { to: 'db2' });
    const told = plan(dead().replica('db2').replica('db3'), { to: 'db2' });
    expect(deadlineOf(planned, 'gather:db3')).toBeGreaterThan(deadlineOf(told, 'gather:db3'));
    expect(deadlineOf(planned, 'gather:db2')).toBe(deadlineOf(planned, 'level:db2'));
  });

  it('stay where they are when their place is one in another log', () => {
    const elsewhere = { ...none, executed: 'db9:5' };
    const planned = plan(lost().replica('db2', none).replica('db3', elsewhere), { to: 'db2' });
    expect(verbs(planned)).not.toContain('follow-from-place');
    expect(codes(plan(lost().replica('db3', elsewhere), { to: 'db3' }))).toContain('candidate-gtid-off');
  });

  it('cannot take over from a primary whose log nobody has seen', () => {
    const unseen = cluster().primary('db1', { ...none, unreachable: true, neverSeen: true });
    expect(codes(plan(unseen.replica('db2', none), { to: 'db2' }))).toContain('candidate-gtid-off');
  });

  it('are not mixed with those that have them', () => {
    const planned = plan(lost().replica('db2', none).replica('db3'), { to: 'db2' });
    expect(verbs(planned)).not.toContain('follow-from-place');
  });
});

it('a receiver that waits for its source’s answer is given the time that it takes to stop', () => {
  const refused = connectError(2003, "Can't connect", 'refused');
  const planned = plan(
    dead()
      .replica('db2')
      .replica('db3', { channel: { receiver: 'connecting' } })
      .replica('db4', { channel: { receiver: 'connecting', receiverError: refused } }),
    { to: 'db2' },
  );
  expect(deadlineOf(planned, 'gather:db3')).toBe(3000);
  expect(deadlineOf(planned, 'gather:db4')).toBe(1000);
});

describe('replicas that follow by file and offset', () => {
  const byOffset = { channel: { usesGtid: false } };

  it('may take over and be put under another, where transactions have GTIDs', () => {
    const planned = plan(dead().replica('db2', byOffset).replica('db3', byOffset), { to: 'db2' });
    expect(chosen(planned)).toBe('db2');
    expect(steps(planned)).toContain('follow:db3');
    const words = 'db3 follows by file and offset, and by GTID from then on';
    expect(planned.ok && planned.plan.warnings).toContain(words);
  });

  it('are given time to read what they have received where their status does not tell', () => {
    const told = { channel: { usesGtid: false, received: position('db1:95') } };
    const planned = plan(dead().replica('db2').replica('db3', byOffset).replica('db4', told), { to: 'db2' });
    expect(deadlineOf(planned, 'gather:db3')).toBe(deadlineOf(planned, 'gather:db2'));
    expect(deadlineOf(planned, 'gather:db4')).toBeLessThan(deadlineOf(planned, 'gather:db3'));
  });

  it('are given the time for levelling where one of them is the candidate', () => {
    const planned = plan(dead().replica('db2', byOffset).replica('db3', byOffset), { to: 'db2' });
    expect(deadlineOf(planned, 'gather:db2')).toBe(deadlineOf(planned, 'level:db2'));
    expect(deadlineOf(planned, 'gather:db3')).toBeLessThan(deadlineOf(planned, 'gather:db2'));
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
    ['has another source', { extraSources: ['10.0.0.9:3306'] }, 'candidate-multi-source'],
    ['has no GTIDs', { gtid: false }, 'candidate-gtid-off'],
    ['does not log what it applies', { log: { logsReplicated: false } }, 'candidate-not-logging'],
    ['has no log', { log: { enabled: false } }, 'candidate-not-logging'],
    ['leaves something out', { filters: ['Replicate_Ignore_DB: scratch'] }, 'candidate-filtered'],
    ['is of an older release', { version: '10.6.21' }, 'candidate-older'],
    ['does not answer', { unreachable: true }, 'candidate-unreachable'],
  ])('refuses the only one when it %s', (_what, traits, code) => {
    expect(codes(plan(dead().replica('db2', traits)))).toEqual(['no-survivor', code]);
  });

  it('refuses one that did not replicate from the dead primary itself', () => {
    const built = dead().replica('db2').replica('db3', { source: 'db2' });
    expect(codes(plan(built, { to: 'db3' }))).toEqual(['not-direct']);
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

describe('a candidate', () => {
  it('is promoted also where it cannot wait for replicas as the dead primary did', () => {
    const semiSync = { sourceEnabled: true, sourceActive: true, requiredAcks: 1, timeoutMs: 5000 };
    const planned = plan(cluster().primary('db1', { unreachable: true, semiSync }).replica('db2'));
    const promote = planned.ok && planned.plan.steps.find(({ action }) => action.verb === 'promote');
    expect(promote).toMatchObject({
      action: { semiSync: { requiredAcks: 1, timeoutMs: 5000, required: false } },
    });
  });
});

describe('a candidate that was a primary before', () => {
  const host = (startsReadOnly: boolean): HostLook => ({
    at: testTime,
    state: {
      server: 'answers',
      disk: 'writes',
      fenced: false,
      startsReadOnly,
      canStartReadOnly: true,
      upMs: 1000,
    },
  });

  it('comes up writable when it restarts, where its agent had it come up read-only', () => {
    const built = (startsReadOnly: boolean) =>
      dead().replica('db2', { settings: { agent }, host: host(startsReadOnly) });
    expect(steps(plan(built(true)))).toContain('start-writable:db2');
    expect(steps(plan(built(false)))).not.toContain('start-writable:db2');
    expect(steps(plan(dead().replica('db2', { settings: { agent } })))).not.toContain('start-writable:db2');
  });
});

describe('the proof by semi-synchronous replication', () => {
  const waiting = (timeoutMs: number, semiSync: Partial<SemiSync> = {}, unacknowledgedBefore = 0) =>
    cluster()
      .primary('db1', {
        unreachable: true,
        semiSync: { sourceEnabled: true, sourceActive: true, requiredAcks: 1, timeoutMs, ...semiSync },
        previous: { semiSync: { unacknowledged: unacknowledgedBefore } },
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

  it.each<[string, Partial<SemiSync>, string]>([
    ['it does not wait when its replicas are gone', { waitsWithoutReplicas: false }, 'wait_no_slave'],
    ['it had stopped waiting', { sourceActive: false }, 'stopped waiting'],
    ['it has just acknowledged what no replica had', { unacknowledged: 6 }, 'no replica had'],
  ])('is none when %s, and the plan says why', (_what, semiSync, why) => {
    const planned = plan(waiting(36_000_000, semiSync, 5));
    expect(provenBy(planned)).toBeUndefined();
    expect(planned.ok && planned.plan.warnings.join()).toContain(why);
  });

  it('is not spoilt by what was acknowledged alone before the last two looks', () => {
    expect(provenBy(plan(waiting(36_000_000, { unacknowledged: 5 }, 5)))).toBe(2);
    const restarted = plan(waiting(36_000_000, { unacknowledged: 0 }, 5));
    expect(provenBy(restarted)).toBe(2);
  });

  it('is not missed where it was never on', () => {
    const planned = plan(three());
    expect(planned.ok && planned.plan.warnings.join()).not.toContain('semi-synchronous');
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
      .replica('db2', { semiSync: { replicaEnabled: true }, acknowledging: { since: 0 } })
      .replica('db3', { semiSync: { replicaEnabled: true }, acknowledging: { since: 0 } });
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

it('promotes no server to which the clients’ address could not come, as one that was only discovered', () => {
  const routes = [{ name: 'rw', kind: 'vip', address: '10.0.0.50/24' }] as const;
  const agent = { host: 'db', port: 7433 };
  const found = dead().replica('db2').replica('db3', { settings: { agent } });
  expect(chosen(plan(found, { policy: { routes } }))).toBe('db3');
  expect(codes(plan(found, { policy: { routes }, to: 'db2' }))).toEqual(['no-agent']);
});
