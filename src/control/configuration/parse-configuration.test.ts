import { describe, expect, test } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import type { Configuration } from './configuration.ts';
import { parseConfiguration } from './parse-configuration.ts';
import type { Surroundings } from './secrets.ts';

const surroundings: Surroundings = {
  environment: { ADMIN_PASSWORD: 's3cret', EMPTY: '' },
  folder: '/etc/dauphin',
  readText: (path) => {
    if (path === '/etc/dauphin/secret') return 'from the file\n';
    throw new Error('ENOENT: no such file');
  },
};

const parse = (text: string): Configuration => parseConfiguration(text, 'dauphin.yaml', surroundings);

function problemsIn(text: string): readonly string[] {
  try {
    parse(text);
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === 'config-invalid') return thrown.message.split('\n');
    throw thrown;
  }
  return [];
}

/** What is done about a dead primary where nothing is said of it. */
const whenDead = {
  mode: 'manual',
  durability: 'salvage',
  maxLoss: 0,
  maxLagMs: 60_000,
  graceMs: 0,
  salvageMs: 10_000,
  levelMs: 300_000,
  stepMs: 5000,
  followMs: 30_000,
  crossDataCenter: true,
  crossRegion: false,
  quietMs: 3_600_000,
  takeover: false,
  rejoin: 'automatic',
  restore: ['flashback', 'clone'],
  keepOldData: true,
};

describe('what is left out', () => {
  test('an empty file is every default', () => {
    expect(parse('')).toEqual({
      listen: { host: '127.0.0.1', port: 7432 },
      dataDir: '/etc/dauphin/.dauphin',
      log: { level: 'info' },
      poll: { intervalMs: 1000, deadlineMs: 1000 },
      recovery: { atOnce: 3, brake: { failovers: 5, withinMs: 600_000 } },
      peers: [],
      credentials: { admin: { user: 'dauphin', password: '' } },
      clusters: [],
    });
  });

  test('a cluster of one address has a whole policy', () => {
    expect(parse('clusters: [{name: orders, engine: mariadb, seeds: [127.0.0.11]}]').clusters).toEqual([
      {
        admin: { user: 'dauphin', password: '' },
        policy: {
          name: 'orders',
          engine: 'mariadb',
          seeds: [{ host: '127.0.0.11', port: 3306 }],
          servers: [],
          routes: [],
          lagFindingMs: 10_000,
          longTransactionSeconds: 10,
          switchover: {
            maxLagMs: 10_000,
            graceMs: 500,
            afterGrace: 'end',
            reachMs: 2000,
            approachMs: 10_000,
            stepMs: 5000,
            followMs: 10_000,
            crossDataCenter: true,
          },
          failover: whenDead,
          detection: { pulseMs: 250, answerMs: 750, inquestMs: 2000, stuckMs: 3000 },
          hooks: {
            beforeSwitchover: [],
            afterSwitchover: [],
            fence: [],
            beforeFailover: [],
            afterFailover: [],
          },
        },
      },
    ]);
  });

  test('servers are seeds where no others are named', () => {
    const text = 'clusters: [{name: a, engine: mysql, servers: [{address: "db1:3307"}]}]';
    expect(parse(text).clusters[0]?.policy.seeds).toEqual([{ host: 'db1', port: 3307 }]);
  });
});

test('everything can be said', () => {
  const { listen, dataDir, log, poll, recovery, peers, clusters } = parse(`
peers: [{ name: west, url: 'http://10.0.1.5:7432', token: secret }]
listen: { host: 0.0.0.0, port: 8000 }
dataDir: /var/lib/dauphin
log: { level: debug }
poll: { interval: 500ms, deadline: 250 }
recovery: { atOnce: 1, brake: { failovers: 2, within: 1h } }
clusters:
  - name: orders
    engine: mysql
    seeds: ['[::1]:3310']
    lagFinding: 1m
    longTransaction: 1500ms
    servers:
      - address: 127.0.0.11:3306
        name: db1
        promotionRule: prefer_not
        dataCenter: eu-1
        downtime: { until: 2026-03-01T06:00:00Z, owner: ann, reason: new disk }
    switchover: { maxLag: 1s, grace: 1s, afterGrace: give-up, reach: 1s, approach: 1s, step: 1s, follow: 1s, crossDataCenter: false }
    failover: { mode: automatic, grace: 5s }
    detection: { pulse: 100ms }
    maintenance: [{ days: [sat, sun], from: '02:30', to: '04:00' }]
    routes:
      - { name: rw, socket: run/haproxy.sock, backend: b, server: s, frontend: f, maxconn: 100 }
      - { name: remote, kind: haproxy, socket: '10.0.0.1:9999', backend: b, server: s }
    hooks:
      beforeSwitchover: [{ command: [/bin/true, now], timeout: 1s }]
      afterSwitchover: [{ command: [/bin/false] }]
`);
  expect({ listen, dataDir, log, poll, recovery, peers }).toEqual({
    recovery: { atOnce: 1, brake: { failovers: 2, withinMs: 3_600_000 } },
    peers: [{ name: 'west', url: 'http://10.0.1.5:7432', token: 'secret' }],
    listen: { host: '0.0.0.0', port: 8000 },
    dataDir: '/var/lib/dauphin',
    log: { level: 'debug' },
    poll: { intervalMs: 500, deadlineMs: 250 },
  });
  expect(clusters[0]?.policy).toEqual({
    name: 'orders',
    engine: 'mysql',
    seeds: [{ host: '::1', port: 3310 }],
    lagFindingMs: 60_000,
    longTransactionSeconds: 2,
    servers: [
      {
        address: { host: '127.0.0.11', port: 3306 },
        name: 'db1',
        promotionRule: 'prefer_not',
        dataCenter: 'eu-1',
        downtime: { until: Date.UTC(2026, 2, 1, 6), owner: 'ann', reason: 'new disk' },
      },
    ],
    switchover: {
      maxLagMs: 1000,
      graceMs: 1000,
      afterGrace: 'give-up',
      reachMs: 1000,
      approachMs: 1000,
      stepMs: 1000,
      followMs: 1000,
      crossDataCenter: false,
    },
    failover: { ...whenDead, mode: 'automatic', graceMs: 5000 },
    detection: { pulseMs: 100, answerMs: 750, inquestMs: 2000, stuckMs: 3000 },
    maintenance: [{ days: ['sat', 'sun'], fromMinute: 150, toMinute: 240 }],
    routes: [
      {
        name: 'rw',
        kind: 'haproxy',
        socket: '/etc/dauphin/run/haproxy.sock',
        backend: 'b',
        server: 's',
        frontend: 'f',
        maxconn: 100,
      },
      { name: 'remote', kind: 'haproxy', socket: '10.0.0.1:9999', backend: 'b', server: 's' },
    ],
    hooks: {
      beforeSwitchover: [{ command: ['/bin/true', 'now'], timeoutMs: 1000 }],
      afterSwitchover: [{ command: ['/bin/false'], timeoutMs: 10_000 }],
      fence: [],
      beforeFailover: [],
      afterFailover: [],
    },
  });
});

describe('accounts', () => {
  test('come from the environment, from files, and for a cluster of its own', () => {
    const { credentials, clusters } = parse(`
credentials:
  admin: { user: root, password: 'a\${ADMIN_PASSWORD}z' }
  replication: { user: repl, passwordFile: secret }
  tls: { caFile: ca.pem }
clusters:
  - { name: same, engine: mariadb, seeds: [db1] }
  - { name: other, engine: mariadb, seeds: [db2], credentials: { admin: { user: other }, tls: { verifyServer: false } } }
`);
    const tls = { verifyServer: true, caFile: '/etc/dauphin/ca.pem' };
    const replication = { user: 'repl', password: 'from the file' };
    expect(credentials).toEqual({
      admin: { user: 'root', password: 'as3cretz', tls },
      replication: { ...replication, tls },
    });
    expect(clusters[0]).toMatchObject(credentials);
    expect(clusters[1]).toMatchObject({
      admin: { user: 'other', password: '', tls: { verifyServer: false } },
      replication: { ...replication, tls: { verifyServer: false } },
    });
  });

  test('a variable may be empty but must be there', () => {
    expect(parse(`credentials: {admin: {password: "\${EMPTY}"}}`).credentials.admin.password).toBe('');
    expect(problemsIn(`credentials:\n  admin:\n    password: \${NOT_THERE}\n`)).toEqual([
      'dauphin.yaml:3: credentials.admin.password: the environment has no NOT_THERE',
    ]);
  });

  test('a password is never told in an error', () => {
    expect(problemsIn('credentials:\n  admin:\n    password: 12345\n')).toEqual([
      'dauphin.yaml:3: credentials.admin.password: must be text; put it in quotes',
    ]);
  });

  test('a password comes from one place', () => {
    expect(problemsIn('credentials:\n  admin: { password: x, passwordFile: secret }\n')).toEqual([
      'dauphin.yaml:2: credentials.admin: password and passwordFile are both given; one is meant',
    ]);
    expect(problemsIn('credentials: { admin: { passwordFile: gone } }')).toEqual([
      'dauphin.yaml:1: credentials.admin.passwordFile: cannot be read: ENOENT: no such file',
    ]);
  });
});

describe('what is wrong', () => {
  test('is told all at once, each with its line, in the order of the lines', () => {
    const text = `listen:
  port: none
clusters:
  - name: orders
    engine: mongo
    swichover:
      grace: 1s
    switchover:
      grase: 1s
      reach: soon
    servers:
      - name: db1
        promotionRule: maybe
      - address: ':3306'
  - name: bad name
    engine: mysql
    seeds:
    colour: red
poll:
  interval: 1ms
`;
    expect(problemsIn(text)).toEqual([
      'dauphin.yaml:2: listen.port: must be a number, not "none"',
      'dauphin.yaml:5: clusters[0].engine: must be mariadb or mysql or redis or redis-cluster, not "mongo"',
      'dauphin.yaml:6: clusters[0].swichover: unknown key; did you mean switchover?',
      'dauphin.yaml:9: clusters[0].switchover.grase: unknown key; did you mean grace?',
      'dauphin.yaml:10: clusters[0].switchover.reach: must be a duration such as 500ms, 2s, 10m or 1h, or a number of milliseconds',
      'dauphin.yaml:12: clusters[0].servers[0].address: is required',
      'dauphin.yaml:13: clusters[0].servers[0].promotionRule: must be must or prefer or neutral or prefer_not or must_not, not "maybe"',
      'dauphin.yaml:14: clusters[0].servers[1].address: must be an address such as 10.0.0.1:3306, db1.example.com or [::1]:3306',
      'dauphin.yaml:15: clusters[1].name: must be made of letters, digits, and . _ - within',
      'dauphin.yaml:17: clusters[1].seeds: has no value',
      'dauphin.yaml:18: clusters[1].colour: unknown key; there are name, engine, seeds, servers, lagFinding, longTransaction, exactSemiSync, switchover, failover, detection, maintenance, routes, hooks, credentials',
      'dauphin.yaml:20: poll.interval: must be at least 10 ms',
    ]);
  });

  test.each([
    ['listen: { port: 1.5 }', 'listen.port: must be a whole number, not 1.5'],
    ['listen: { port: 70000 }', 'listen.port: must be at most 65535'],
    ['listen: { port: -1 }', 'listen.port: must be at least 0'],
    ['listen: 7432', 'listen: must be keys with values, not 7432'],
    ['listen: { host: "" }', 'listen.host: must not be empty'],
    ['clusters: { name: a }', 'clusters: must be a list, not keys with values'],
    ['clusters: [{}]', 'clusters[0].name: is required'],
    ['log: { level: loud }', 'log.level: must be debug or info or warn or error, not "loud"'],
    ['pol: {}', 'pol: unknown key; did you mean poll?'],
    [
      "clusters: [{name: a, engine: mysql, seeds: [d], maintenance: [{days: [sat], from: '24:00', to: '01:00'}]}]",
      'clusters[0].maintenance[0].from: must be a time of day such as 02:30',
    ],
    [
      'clusters: [{name: a, engine: mysql, seeds: [d], hooks: {beforeSwitchover: [{command: []}]}}]',
      'clusters[0].hooks.beforeSwitchover[0].command: must not be empty',
    ],
    [
      'clusters: [{name: a, engine: mysql, seeds: [d], routes: [{name: r, socket: /s, backend: "b; quit", server: s}]}]',
      "clusters[0].routes[0].backend: must be a name in HAProxy's sense: letters, digits, and . : _ -",
    ],
    [
      'clusters: [{name: a, engine: mysql, seeds: [d], routes: [{name: r, socket: /s, server: s, address: 10.0.0.5/24}]}]',
      'clusters[0].routes[0].backend: is required',
    ],
    [
      'clusters: [{name: a, engine: mysql, seeds: [d], routes: [{name: r, kind: vip, address: 10.0.0.5/24, socket: /s}]}]',
      'clusters[0].routes[0].socket: is no key of a vip route',
    ],
    [
      'clusters: [{name: a, engine: mysql, seeds: [d], routes: [{name: r, kind: vip, address: 10.0.0.256/24}]}]',
      'clusters[0].routes[0].address: must be an IPv4 address with the length of its prefix, as 10.0.0.50/24',
    ],
    [
      'clusters: [{name: a, engine: mysql, servers: [{address: d, agent: d}, {address: e, promotionRule: must_not}, {address: f}], routes: [{name: r, kind: vip, address: 10.0.0.5/24}]}]',
      'clusters[0].servers[2]: needs its agent: route r is carried by the agents (or promotionRule: must_not)',
    ],
    [
      'clusters: [{name: a, engine: mysql, seeds: [d], routes: [{name: r, kind: vip, address: 10.0.0.5/24}]}, {name: b, engine: mysql, seeds: [e], routes: [{name: r, kind: vip, address: 10.0.0.5/16}]}]',
      'clusters[1].routes[0].address: 10.0.0.5 is already taken by clusters[0].routes[0].address',
    ],
    [
      'clusters: [{name: a, engine: mysql, servers: [{address: d, downtime: {until: tomorrow}}]}]',
      'clusters[0].servers[0].downtime.until: must be a time such as 2026-03-01T06:00:00Z',
    ],
    [
      'clusters: [{name: a, engine: mysql}]',
      'clusters[0]: needs at least one address to begin with, in seeds or servers',
    ],
  ])('%s', (text, problem) => {
    expect(problemsIn(text)).toContain(`dauphin.yaml:1: ${problem}`);
  });

  test('a file that is not YAML is told with its line', () => {
    expect(problemsIn('listen:\n  host: a\n  host: b\n')).toEqual([
      'dauphin.yaml:3: Map keys must be unique',
    ]);
    expect(problemsIn('listen:\n  host: [a\n')[0]).toMatch(/^dauphin\.yaml:\d+: /);
    expect(problemsIn('just words')).toEqual(['dauphin.yaml:1: must be keys with values, not "just words"']);
  });
});

describe('what may be there only once', () => {
  const cluster = (name: string, rest: string) => `  - { name: ${name}, engine: mysql, ${rest} }\n`;

  test('cluster names', () => {
    const text = `clusters:\n${cluster('a', 'seeds: [d1]')}${cluster('a', 'seeds: [d2]')}`;
    expect(problemsIn(text)).toEqual([
      'dauphin.yaml:3: clusters[1].name: a is already taken by clusters[0].name',
    ]);
  });

  test('server names in a cluster, but not in two', () => {
    const twice = 'servers: [{address: d1, name: db1}, {address: d2, name: db1}]';
    expect(problemsIn(`clusters:\n${cluster('a', twice)}`)).toEqual([
      'dauphin.yaml:2: clusters[0].servers[1].name: db1 is already taken by clusters[0].servers[0].name',
    ]);
    const apart = ['d1', 'd2'].map((d) => cluster(d, `servers: [{address: ${d}, name: db1}]`));
    expect(problemsIn(`clusters:\n${apart.join('')}`)).toEqual([]);
  });

  test('server addresses, in any cluster and however they are written', () => {
    const text = `clusters:\n${cluster('a', 'servers: [{address: DB1}]')}${cluster('b', "servers: [{address: 'db1:3306'}]")}`;
    expect(problemsIn(text)).toEqual([
      'dauphin.yaml:3: clusters[1].servers[0].address: db1:3306 is already taken by clusters[0].servers[0].address',
    ]);
  });

  test('route names in a cluster', () => {
    const route = '{name: rw, socket: /s, backend: b, server: s}';
    expect(problemsIn(`clusters:\n${cluster('a', `seeds: [d], routes: [${route}, ${route}]`)}`)).toEqual([
      'dauphin.yaml:2: clusters[0].routes[1].name: rw is already taken by clusters[0].routes[0].name',
    ]);
  });

  test('they are told with what else is wrong', () => {
    const text = `clusters:\n${cluster('a', 'seeds: [d], color: red')}${cluster('a', 'seeds: 5')}  - 7\n`;
    expect(problemsIn(text)).toHaveLength(4);
  });
});
