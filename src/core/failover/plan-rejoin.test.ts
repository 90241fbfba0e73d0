import { describe, expect, it } from 'vitest';
import type { Restores } from '../engine.ts';
import type { Plan } from '../plan.ts';
import type { RestoreMeans } from '../policy.ts';
import { cluster, nodeNamed } from '../testing/cluster-builder.ts';
import { countedErrant } from '../testing/counted-positions.ts';
import { planRejoin } from './plan-rejoin.ts';

const agent = { host: '127.0.0.1', port: 7433 };
const copyable: Restores['copyable'] = (own, theirs) => (own.text === theirs.text ? undefined : 'another');
const mariadb: Restores = { flashback: true, clone: 'agents', empty: false, copyable };
const mysql: Restores = { flashback: false, clone: 'server', empty: true, copyable };

const onRecord = { operation: 'op-1', at: 0, proven: true };

interface Given {
  readonly replacement?: typeof onRecord | undefined;
  readonly version?: string;
  readonly restores?: Restores;
  readonly allowed?: readonly RestoreMeans[];
  readonly settings?: object;
  readonly replicas?: readonly string[];
}

/** db1 is back, beside db2 that took over. */
function plan(given: Given = {}): Plan {
  const { restores = mariadb, allowed = ['flashback', 'clone'], settings = { agent } } = given;
  const { replicas = ['db3'], version, replacement = onRecord } = given;
  const back = cluster()
    .primary('db1', { settings, writeMode: 'read-only', ...(version === undefined ? {} : { version }) })
    .primary('db2');
  const built = replicas.reduce((all, name) => all.replica(name, { source: 'db2' }), back);
  const topology = built.topology();
  const planned = planRejoin({
    topology,
    policy: built.policy({ failover: { restore: allowed } }),
    server: nodeNamed(topology, 'db1').id,
    engine: { title: 'MariaDB', privilegedMayWrite: true, errant: countedErrant, restores },
    ...(given.replacement === undefined && 'replacement' in given ? {} : { replacement }),
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.refusals));
  return planned.plan;
}

const step = ({ steps }: Plan, id: string) => steps.find((each) => each.id === id);

describe('what will be done to a server with transactions of its own', () => {
  it('saves before it takes anything back, and that before it follows', () => {
    expect(plan().steps.map(({ id }) => id)).toEqual([
      'start:db1',
      'compare:db1',
      'save:db1',
      'restore:db1',
      'follow:db1',
      'prove',
      'settle-copy:db1',
    ]);
    expect(step(plan(), 'restore:db1')?.after).toEqual(['save:db1']);
  });

  it.each<[string, Given, string]>([
    ['both means, a replica as donor', {}, 'by flashback.*, else clone.*copy of db3'],
    ['no replica: the primary is the donor', { replicas: [] }, 'copy of db2'],
    ['an engine that takes nothing back', { restores: mysql }, '^if it has any; by clone'],
    ['nothing allowed', { allowed: [] }, 'not allowed'],
    ['only what the engine cannot do', { restores: mysql, allowed: ['flashback'] }, 'can do nothing'],
  ])('%s', (_what, given, note) => {
    expect(step(plan(given), 'restore:db1')?.note).toMatch(new RegExp(note));
  });

  it('warns that nothing can be saved without an agent, or taken back without being allowed', () => {
    expect(plan().warnings).toEqual([]);
    expect(plan({ settings: {} }).warnings.join()).toContain('no agent');
    expect(plan({ allowed: [] }).warnings.join()).toContain('nothing that MariaDB can do is allowed');
  });

  it('says so when nobody wrote down how it was replaced', () => {
    expect(plan({ replacement: undefined }).warnings.join()).toContain('no failover is on record');
  });

  it('copies nothing of another version', () => {
    expect(step(plan({ restores: mysql, version: '8.0.36' }), 'restore:db1')?.note).toContain(
      'can do nothing',
    );
  });
});

describe('a former primary without GTIDs', () => {
  it('is not taken back: what it alone has cannot be told', () => {
    const built = cluster()
      .primary('db1', { gtid: false, seen: { anonymous: true } })
      .primary('db2');
    const topology = built.replica('db3', { source: 'db2' }).topology();
    const planned = planRejoin({
      topology,
      policy: built.policy(),
      server: nodeNamed(topology, 'db1').id,
      engine: { title: 'MySQL', privilegedMayWrite: false, errant: countedErrant, restores: mysql },
    });
    expect(planned.ok ? [] : planned.refusals.map(({ code }) => code)).toEqual(['candidate-gtid-off']);
  });
});
