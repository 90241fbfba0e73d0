import { describe, expect, test } from 'vitest';
import { diagnose } from './diagnosis/diagnose.ts';
import { type DrawOptions, drawTopology } from './draw-topology.ts';
import type { Finding } from './finding.ts';
import { type ClusterBuilder, cluster, testTime } from './testing/cluster-builder.ts';
import { findingsOf } from './testing/findings-of.ts';
import type { Topology } from './topology.ts';

const plain: DrawOptions = { colour: false };

function drawn(builder: ClusterBuilder, options: DrawOptions = plain): string {
  return `\n${drawTopology(builder.topology(), findingsOf(builder), options)}\n`;
}

const orders = cluster('orders')
  .primary('db1', {
    semiSync: { sourceEnabled: true, sourceActive: true, requiredAcks: 2, connectedReplicas: 2 },
  })
  .replica('db2', { promotionRule: 'prefer', semiSync: { replicaEnabled: true, replicaActive: true } })
  .replica('db3', { behind: 12, lagSeconds: 3 })
  .replica('db4', { source: 'db2' });

const downtime = { until: testTime + 1_500_000, owner: 'marc', reason: 'disk swap' };

describe('a cluster is drawn', () => {
  test('healthy', () => {
    expect(drawn(orders)).toBe(`
orders · MariaDB 10.11.19 · 4 servers · no findings

db1        10.0.0.1:3306  primary  rw                semi-sync 2 acks
├─ db2     10.0.0.2:3306  replica  ro  0 s  in step  semi-sync · prefer
│  └─ db4  10.0.0.4:3306  replica  ro  0 s  in step
└─ db3     10.0.0.3:3306  replica  ro  3 s  −12 trx
`);
  });

  test('with versions that differ, and findings under the servers they are about', () => {
    const ill = orders
      .with('db2', { version: '10.6.21', semiSync: { replicaEnabled: true } })
      .with('db3', { lagSeconds: 600, errant: 3 })
      .with('db4', { writeMode: 'writable', receiver: 'stopped', delaySeconds: 3_600 });
    expect(drawn(ill)).toBe(`
orders · MariaDB 10.6.21–10.11.19 · 4 servers · 5 warnings · 2 notices

db1        10.0.0.1:3306  primary  rw  10.11.19                          semi-sync 2 acks
│  • replica-versions-differ: the replicas of db1 that log are of the releases 10.6 and 10.11
├─ db2     10.0.0.2:3306  replica  ro  10.6.21      0 s  in step         semi-sync inactive · prefer
│  │  ▲ version-older-than-source: db2 runs 10.6.21, older than 10.11.19 of its source db1
│  │  • no-replica-replicates: the one replica of db2 does not replicate (after replica-stopped)
│  └─ db4  10.0.0.4:3306  replica  rw  10.11.19       ?  in step         stopped · delayed 60 min
│        ▲ replica-stopped: db4 does not replicate from db2: receiver stopped
│        ▲ replica-writable: db4 is a replica and takes writes
└─ db3     10.0.0.3:3306  replica  ro  10.11.19  10 min  −12 trx +3 trx
      ▲ errant-transactions: db3 has 3 transactions that never were on the primary: db3:1-3; \`dauphin repair orders db3 --dry-run\` shows what can be done
      ▲ replica-lagging: db3 is 600 s behind db1; the limit is 10 s
`);
  });

  test('with its primary silent, old sights marked as such, and downtime', () => {
    const dead = orders
      .with('db1', { unreachable: 'timed-out' })
      .with('db2', { receiver: 'connecting' })
      .with('db3', { unreachable: true, seenMsAgo: 7_200_000, downtime });
    expect(drawn(dead)).toBe(`
orders · MariaDB 10.11.19 · 4 servers · 2 critical · 1 in downtime
✗ no-primary: orders has no primary that answers: db1 cannot be reached (after dead-primary)

db1        10.0.0.1:3306  primary  rw?                unreachable (timed out), last seen 30 s ago
│  ✗ dead-primary: db1 cannot be reached: no answer in time; none of its 2 replicas replicates
├─ db2     10.0.0.2:3306  replica  ro     ?  in step  connecting · semi-sync · prefer
│  └─ db4  10.0.0.4:3306  replica  ro   0 s  in step
└─ db3     10.0.0.3:3306  replica  ro?                unreachable (refused), last seen 2 h ago · downtime 25 min (marc: disk swap)
      ▲ server-unreachable: db3 cannot be reached: the connection is refused (in downtime)
`);
  });

  test('with a ring', () => {
    const ring = cluster('shop', 'mysql')
      .primary('a', { source: 'b', semiSync: { sourceEnabled: true, sourceActive: true } })
      .replica('b', {
        behind: 1,
        semiSync: { sourceEnabled: true, replicaEnabled: true, replicaActive: true },
      })
      .replica('c', { log: { enabled: false, logsReplicated: false } });
    expect(drawn(ring)).toBe(`
shop · MySQL 8.4.6 · 3 servers · 1 notice

a     10.0.0.1:3306  co-primary  rw  0 s           semi-sync · follows b
└─ c  10.0.0.3:3306  replica     ro  0 s  in step
      • replica-without-log: c writes no binary log
b     10.0.0.2:3306  co-primary  ro  0 s  −1 trx   semi-sync · follows a
`);
  });

  test('with servers that have no name, sources outside, and servers never seen', () => {
    const copy = cluster('copy')
      .primary('10.0.0.1:3306', { source: '192.0.2.1:3306', writeMode: 'read-only' })
      .replica('10.0.0.2:3306', { extraSources: ['192.0.2.9:3306'] })
      .neverSeen('10.0.0.3:3306', { unreachable: 'timed-out' });
    expect(drawn(copy)).toBe(`
copy · MariaDB 10.11.19 · 3 servers · 1 warning

10.0.0.1:3306     primary  ro  0 s           follows 192.0.2.1:3306 outside
└─ 10.0.0.2:3306  replica  ro  0 s  in step  also follows 192.0.2.9:3306
10.0.0.3:3306     unknown  ?                 never seen (timed out)
   ▲ server-unreachable: 10.0.0.3:3306 cannot be reached: no answer in time, and it was never seen
`);
  });

  test('on a narrow screen, where nothing is cut off and nothing from a server is obeyed', () => {
    const broken = orders
      .with('db2', {
        applierError: { code: 1062, message: "Duplicate entry '7'\r\n for key \u001b[31m'PRIMARY'" },
      })
      .with('db4', { unreachable: 'reset', downtime });
    expect(drawn(broken, { colour: false, width: 64 })).toBe(`
orders · MariaDB 10.11.19 · 4 servers · 1 warning · 2 in downtime

db1        10.0.0.1:3306  primary  rw
│  semi-sync 2 acks
├─ db2     10.0.0.2:3306  replica  ro     ?  in step
│  │  stopped · semi-sync · prefer
│  │  ▲ replica-broken: db2 does not replicate from db1: applier
│  │    stopped with error 1062: Duplicate entry '7' for key
│  │    [31m'PRIMARY'
│  │  • no-replica-replicates: the one replica of db2 does not
│  │    replicate: it cannot be reached (after
│  │    server-unreachable; in downtime)
│  └─ db4  10.0.0.4:3306  replica  ro?
│        unreachable (reset), last seen 30 s ago
│        downtime 25 min (marc: disk swap)
│        ▲ server-unreachable: db4 cannot be reached: the
│          connection broke (in downtime)
└─ db3     10.0.0.3:3306  replica  ro   3 s  −12 trx
`);
  });

  test('with notes beside the row as long as they fit to the last column', () => {
    const row = '├─ db2     10.0.0.2:3306  replica  ro  0 s  in step  semi-sync · prefer';
    const wide = row.length;
    expect(drawn(orders, { colour: false, width: wide })).toContain(row);
    expect(drawn(orders, { colour: false, width: wide - 1 })).toContain('│  │  semi-sync · prefer');
  });

  test('without any server', () => {
    expect(drawn(cluster('empty'))).toBe(`
empty · MariaDB · 0 servers · 1 critical
✗ no-primary: empty has no servers
`);
  });
});

describe('colour', () => {
  const ill = orders
    .with('db2', { lagSeconds: 90, writeMode: 'writable', errant: 1 })
    .with('db3', { unreachable: true });
  const esc = String.fromCharCode(27);
  const coloured = drawn(ill, { colour: true });

  test('changes nothing but the colour', () => {
    expect(coloured).toContain(esc);
    expect(coloured.replaceAll(new RegExp(`${esc}\\[\\d+m`, 'gu'), '')).toBe(drawn(ill));
    expect(drawn(ill)).not.toContain(esc);
  });

  test('shows what to look at', () => {
    const painted = (style: number, text: string): string => `${esc}[${style}m${text}${esc}[0m`;
    for (const [style, text] of [
      [1, 'db1'],
      [31, 'db3'],
      [31, 'unreachable (refused), last seen 30 s ago'],
      [33, '90 s'],
      [33, 'rw'],
      [31, '+1 trx'],
      [33, '▲ replica-writable'],
    ] as const) {
      expect(coloured).toContain(painted(style, text));
    }
    expect(coloured).toContain('  replica  ');
  });

  test('leaves in peace what is as it should be', () => {
    const stylesOf = (builder: ClusterBuilder): string[] =>
      drawn(builder, { colour: true })
        .split(esc)
        .flatMap((piece) => /^\[(3\d|1)m(.*)/u.exec(piece)?.slice(1).join(' ') ?? []);
    expect(stylesOf(orders)).toEqual(['1 orders', '32 no findings', '1 db1']);
    const ring = cluster('shop').primary('a', { source: 'b' }).replica('b').replica('c', { errant: 1 });
    expect(stylesOf(ring)).toEqual([
      '1 shop',
      '33 1 warning',
      '1 a',
      '31 +1 trx',
      '33 ▲ errant-transactions',
      '1 b',
    ]);
  });
});

describe('a topology from elsewhere', () => {
  test('is drawn the same after JSON', () => {
    const topology = orders.topology();
    const findings = diagnose(topology, orders.policy({ lagFindingMs: 1_000 }));
    const [there, then] = JSON.parse(JSON.stringify([topology, findings])) as [Topology, readonly Finding[]];
    expect(drawTopology(there, then, plain)).toBe(drawTopology(topology, findings, plain));
  });

  test('is drawn to the end though its replicas go round in a circle', () => {
    const { nodes, ...rest } = orders.topology();
    const [db1, db2, db4, db3] = nodes;
    if (db1 === undefined || db2 === undefined || db3 === undefined || db4 === undefined) throw new Error();
    const damaged: Topology = { ...rest, nodes: [db1, { ...db2, source: db4.id }, db4, db3] };
    expect(`\n${drawTopology(damaged, [], plain)}`).toBe(`
orders · MariaDB 10.11.19 · 4 servers · no findings

db1     10.0.0.1:3306  primary  rw                semi-sync 2 acks
└─ db3  10.0.0.3:3306  replica  ro  3 s  −12 trx
db2     10.0.0.2:3306  replica  ro  0 s  in step  semi-sync · prefer
└─ db4  10.0.0.4:3306  replica  ro  0 s  in step`);
  });

  test('shows a finding about a server it does not have with those about the cluster', () => {
    const [finding] = findingsOf(orders.with('db3', { lagSeconds: 99 }));
    if (finding === undefined) throw new Error();
    expect(drawTopology(orders.without('db3').topology(), [finding], plain)).toContain(
      '1 warning\n▲ replica-lagging: db3 is 99 s behind db1',
    );
  });
});
