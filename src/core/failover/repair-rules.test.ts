import { describe, expect, it } from 'vitest';
import type { Engine, Restores } from '../engine.ts';
import type { RepairMeans, RestoreMeans } from '../policy.ts';
import { isSeen } from '../switchover/situation.ts';
import { type ClusterBuilder, cluster, nodeNamed } from '../testing/cluster-builder.ts';
import type { RepairCasting } from './repair-casting.ts';
import { askedFor, mostEmpty, repairTable } from './repair-rules.ts';

const all: Restores = { flashback: true, clone: 'server', empty: true, copyable: () => undefined };
const built = cluster()
  .primary('db1')
  .replica('db3', { errant: 2, settings: { agent: { host: '127.0.0.1', port: 7433 } } });

interface Given {
  readonly means: readonly RepairMeans[];
  readonly by?: RepairMeans;
  readonly allowed?: readonly RestoreMeans[];
  readonly restores?: Partial<Restores>;
  readonly servers?: ClusterBuilder;
}

function casting(given: Given): RepairCasting {
  const { means, by, allowed = ['flashback', 'clone'], restores, servers = built } = given;
  const topology = servers.topology();
  const [primary, node] = [nodeNamed(topology, 'db1'), nodeNamed(topology, 'db3')];
  if (!isSeen(primary) || !isSeen(node) || !node.errant) throw new Error('both are seen');
  const policy = servers.policy({ failover: { restore: allowed } });
  const engine = { title: 'An engine', restores: { ...all, ...restores } } as Engine;
  const asked = by === undefined ? {} : { by };
  const { id: server, errant } = node;
  return {
    topology,
    policy,
    server,
    engine,
    ...asked,
    means,
    primary,
    source: primary,
    node: { ...node, errant },
  };
}

function refusal(given: Given): string | undefined {
  const asked = casting(given);
  const row = repairTable.find(({ when }) => when(asked));
  return row && `${row.code}: needs ${row.words(asked).needs}`;
}

const feeding = built.replica('db4', { source: 'db3' });
const bare = built.with('db3', { settings: {} });
const many = built.with('db3', { errant: mostEmpty + 1 });

describe('what stands in the way of a repair', () => {
  it.each<[string, Given, string | undefined]>([
    ['nothing', { means: ['flashback'] }, undefined],
    ['no donor', { means: [] }, 'repair-impossible: needs a donor of the same version, or --by empty'],
    [
      'no donor, and no empty transactions',
      { means: [], restores: { empty: false } },
      'repair-impossible: needs a donor of the same version',
    ],
    [
      'an engine without the means',
      { means: [], by: 'flashback', restores: { flashback: false } },
      'repair-impossible: needs --by clone or empty',
    ],
    [
      'an engine without any',
      { means: [], restores: { flashback: false, clone: false, empty: false } },
      'repair-impossible: needs another engine',
    ],
    [
      'too many names',
      { means: ['empty'], by: 'empty', servers: many },
      `repair-impossible: needs at most ${mostEmpty} for empty transactions, or --by clone`,
    ],
    [
      'servers below it',
      { means: ['clone'], servers: feeding },
      'feeds-replicas: needs no replicas: put them under another source first, or --by empty',
    ],
    [
      'servers below it, and no empty transactions',
      { means: ['clone'], servers: feeding, restores: { empty: false } },
      'feeds-replicas: needs no replicas: put them under another source first',
    ],
    ['servers below it are no matter to names', { means: ['empty'], servers: feeding }, undefined],
    [
      'no agent',
      { means: ['clone'], servers: bare },
      'no-agent: needs an agent there (servers[].agent), or --by empty',
    ],
    ['no agent is no matter to names', { means: ['empty'], servers: bare }, undefined],
  ])('%s', (_what, given, expected) => {
    expect(refusal(given)).toBe(expected);
  });

  it("a person's word goes before the policy", () => {
    expect(askedFor(casting({ means: [], by: 'empty' }))).toEqual(['empty']);
    expect(askedFor(casting({ means: [], allowed: ['clone'] }))).toEqual(['clone']);
  });
});
