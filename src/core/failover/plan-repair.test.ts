import { describe, expect, it } from 'vitest';
import type { Restores } from '../engine.ts';
import type { RepairMeans, RestoreMeans } from '../policy.ts';
import { type ClusterBuilder, cluster, nodeNamed } from '../testing/cluster-builder.ts';
import { countedErrant } from '../testing/counted-positions.ts';
import { planRepair } from './plan-repair.ts';
import { copyMs } from './rejoin-steps.ts';
import { mostEmpty } from './repair-rules.ts';

const agent = { host: '127.0.0.1', port: 7433 };
const copyable: Restores['copyable'] = (own, theirs) => (own.text === theirs.text ? undefined : 'another');
const mariadb: Restores = { flashback: true, clone: 'agents', empty: false, copyable };
const mysql: Restores = { flashback: false, clone: 'server', empty: true, copyable };

const errant = cluster('orders')
  .primary('db1', { settings: { agent } })
  .replica('db2', { settings: { agent } })
  .replica('db3', { settings: { agent }, errant: 2 });

const otherVersion = errant.with('db3', { version: '10.6.4' });

interface Given {
  readonly built?: ClusterBuilder;
  readonly server?: string;
  readonly by?: RepairMeans;
  readonly restores?: Restores;
  readonly allowed?: readonly RestoreMeans[];
}

function planned(given: Given = {}) {
  const { built = errant, server = 'db3', by, restores = mysql, allowed = ['flashback', 'clone'] } = given;
  const topology = built.topology();
  return planRepair({
    topology,
    policy: built.policy({ failover: { restore: allowed } }),
    server: nodeNamed(topology, server).id,
    engine: { title: 'MySQL', privilegedMayWrite: true, errant: countedErrant, restores },
    ...(by === undefined ? {} : { by }),
  });
}

function plan(given: Given = {}) {
  const answer = planned(given);
  if (!answer.ok) throw new Error(JSON.stringify(answer.refusals));
  return answer.plan;
}

const codes = (given: Given): string => {
  const answer = planned(given);
  return answer.ok ? 'a plan' : answer.refusals.map(({ code }) => code).join();
};

describe('what is refused', () => {
  it.each<[string, Given, string]>([
    ['a primary', { server: 'db1' }, 'already-primary'],
    ['a replica with nothing of its own', { server: 'db2' }, 'nothing-to-repair'],
    ['a silent one', { built: errant.with('db3', { unreachable: true }) }, 'candidate-unreachable'],
    ['a cluster without a primary', { built: errant.with('db1', { unreachable: true }) }, 'no-primary'],
    ['a cluster with two', { built: errant.primary('db4') }, 'no-primary'],
    ['one that follows nobody', { built: errant.with('db3', { source: '192.0.2.1:3306' }) }, 'not-a-replica'],
    ['a means that the engine lacks', { by: 'flashback' }, 'repair-impossible'],
    ['a policy that allows nothing', { allowed: [] }, 'repair-impossible'],
    [
      'too many names',
      { by: 'empty', built: errant.with('db3', { errant: mostEmpty + 1 }) },
      'repair-impossible',
    ],
    ['no donor of its version', { built: otherVersion }, 'repair-impossible'],
    ['a copy without a donor', { built: otherVersion, by: 'clone' }, 'repair-impossible'],
    ['one that feeds others', { built: errant.replica('db4', { source: 'db3' }) }, 'feeds-replicas'],
    [
      'one without a log',
      { built: errant.with('db3', { log: { logsReplicated: false } }) },
      'candidate-not-logging',
    ],
    ['no agent', { built: errant.with('db3', { settings: {} }) }, 'no-agent'],
  ])('%s', (_what, given, code) => {
    expect(codes(given)).toBe(code);
  });

  it('empty transactions need neither an agent nor a log, and leave its replicas alone', () => {
    const built = errant
      .with('db3', { settings: {}, log: { logsReplicated: false } })
      .replica('db4', { source: 'db3' });
    expect(codes({ by: 'empty', built })).toBe('a plan');
  });
});

describe('what is planned', () => {
  it('stops, compares and saves before anything is taken back; then it follows as before', () => {
    const { steps, pointOfNoReturn } = plan();
    expect(steps.map(({ id }) => id)).toEqual([
      'stop:db3',
      'compare:db3',
      'save:db3',
      'restore:db3',
      'follow:db3',
      'prove',
    ]);
    expect(pointOfNoReturn).toBe('restore:db3');
    expect(steps[0]?.undo).toMatchObject({
      verb: 'restore-replication',
      channels: [{ receiver: 'running' }],
    });
    expect(steps[3]?.action).toMatchObject({ means: ['clone'], donors: [{ name: 'db2' }, { name: 'db1' }] });
  });

  it('what a copy replaced is settled at the end, where agents keep it', () => {
    const made = plan({ restores: mariadb });
    expect(made.steps.at(-1)?.action).toMatchObject({ verb: 'settle-copy', keepOldData: true });
    expect(plan({ restores: mariadb, by: 'flashback' }).steps.at(-1)?.id).toBe('prove');
  });

  it('empty ones are committed on the primary, and it says that rows differ', () => {
    const { steps, warnings, guarantee } = plan({ by: 'empty' });
    const step = steps.find(({ action }) => action.verb === 'commit-empty');
    expect(step?.action).toMatchObject({
      server: { name: 'db1' },
      replica: { name: 'db3' },
      planned: 'db3:1-2',
    });
    expect(warnings.join()).toContain('the rows of db3 stay different');
    expect(guarantee).toContain('only names are reconciled');
  });

  it('a copy without a donor is not offered: what is left goes without it, and sooner', () => {
    const { steps } = plan({ built: otherVersion, restores: mariadb });
    const restore = steps.find(({ action }) => action.verb === 'restore');
    expect(restore?.action).toMatchObject({ means: ['flashback'] });
    expect(restore?.note).not.toContain('clone');
    expect(restore?.deadlineMs).toBeLessThan(copyMs);
    expect(steps.at(-1)?.id).toBe('prove');
  });

  it('one that lags on purpose is not waited for', () => {
    const lagging = errant.with('db3', { delaySeconds: 3600 });
    expect(plan({ built: lagging }).steps.at(-1)?.id).toBe('follow:db3');
    const { steps } = plan({ built: lagging, restores: mariadb });
    expect(steps.at(-1)?.id).toBe('settle-copy:db3');
    const ids = steps.map(({ id }) => id);
    expect(steps.flatMap(({ after }) => after).filter((id) => !ids.includes(id))).toEqual([]);
  });
});
