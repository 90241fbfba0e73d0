import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseSentinelConf } from './parse-sentinel-conf.ts';
import { renderConfiguration } from './render-configuration.ts';

const render = (text: string, title = 'sentinel.conf') => renderConfiguration(parseSentinelConf(text), title);

test('a configuration file, and its passwords apart from it', () => {
  const { yaml, environment } = render(
    [
      ...['bind 10.0.1.1', 'port 26380', 'requirepass of-the-face'],
      'sentinel monitor my-orders 10.0.0.1 6379 2',
      ...['sentinel down-after-milliseconds my-orders 5000', 'sentinel auth-pass my-orders secret'],
      'sentinel known-replica my-orders fd00::2 6379',
    ].join('\n'),
    'a\nb.conf',
  );
  expect(yaml).toBe(`# Made from a b.conf by dauphin import sentinel.
sentinel:
  host: 10.0.1.1
  port: 26380
  password: \${DAUPHIN_SENTINEL_PASSWORD}
clusters:
  - name: my-orders
    engine: redis
    seeds:
      - 10.0.0.1:6379
      - "[fd00::2]:6379"
    credentials:
      admin:
        user: default
        password: \${MY_ORDERS_PASSWORD}
    detection:
      answer: 5000ms
    failover:
      mode: automatic
`);
  expect(environment).toEqual({ DAUPHIN_SENTINEL_PASSWORD: 'of-the-face', MY_ORDERS_PASSWORD: 'secret' });
});

test('names that cannot stand in the file are changed, and stay apart', () => {
  const { yaml, environment } = render(
    ['a:b', 'a-b', '1', '%']
      .map((name) => `sentinel monitor ${name} h 1 1\nsentinel auth-pass ${name} p-${name}`)
      .join('\n'),
  );
  const { clusters } = parse(yaml) as { clusters: readonly { name: string }[] };
  expect(clusters.map(({ name }) => name)).toEqual(['a-b', 'a-b-2', '1', 'cluster']);
  expect(environment).toEqual({
    ...{ A_B_PASSWORD: 'p-a:b', A_B_2_PASSWORD: 'p-a-b' },
    ...{ _1_PASSWORD: 'p-1', CLUSTER_PASSWORD: 'p-%' },
  });
});

test('TLS and an account of the face, TLS of the servers', () => {
  const { yaml } = render(
    'port 0\ntls-port 26380\ntls-cert-file c.pem\ntls-key-file k.pem\ntls-ca-cert-file ca.pem\ntls-replication yes\nmaxclients 50\nuser app on >p',
  );
  expect(parse(yaml)).toEqual({
    sentinel: {
      ...{
        host: '0.0.0.0',
        port: 26380,
        maxClients: 50,
        user: 'app',
        password: `\${DAUPHIN_SENTINEL_PASSWORD}`,
      },
      tls: { certificateFile: 'c.pem', keyFile: 'k.pem', clientCaFile: 'ca.pem' },
    },
    credentials: { tls: { caFile: 'ca.pem' } },
    clusters: [],
  });
});
